package access

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/authentication/user"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// ReadersField is the attribute by which the filter selects: who may read a workspace. Clients cannot select by it.
const ReadersField = "readers"

const (
	separator  = "\x00"
	withGroups = "\x01" // at the beginning: groups of tokens count
)

// Readers is the value of ReadersField: the owner and the members between separators, and whether groups count.
func Readers(ws *eoepca.Workspace) string {
	var b strings.Builder
	if HasGroups(ws) {
		b.WriteString(withGroups)
	}
	b.WriteString(separator)
	if ws.Spec.Owner != "" {
		b.WriteString(ws.Spec.Owner)
		b.WriteString(separator)
	}
	for _, member := range ws.Spec.Members {
		if member.Name != "" {
			b.WriteString(member.Name)
			b.WriteString(separator)
		}
	}
	return b.String()
}

// HasGroups says whether the groups <workspace>:ws_admin, :ws_access and :ws_api are this workspace's. They carry no
// namespace, and two namespaces may have workspaces of one name. So they belong to the one that owns the bucket of its own name:
// names of buckets are unique in the cluster.
func HasGroups(ws *eoepca.Workspace) bool {
	return slices.ContainsFunc(ws.Spec.Storage.Buckets, func(b eoepca.Bucket) bool { return b.Name == ws.Name })
}

// viewer is somebody who asks what he may see.
type viewer struct {
	// member is found in Readers of a workspace that has him as its owner or member; empty: in none.
	member string
	// workspaces are the names in his groups.
	workspaces sets.Set[string]
}

// newViewer says what a caller may see. A request without one sees nothing.
func newViewer(caller user.Info) viewer {
	var v viewer
	if caller == nil {
		return v
	}
	// A name with separators in it would match two neighbours.
	if name := caller.GetName(); name != "" && !strings.Contains(name, separator) {
		v.member = separator + name + separator
	}
	for _, group := range caller.GetGroups() {
		if workspace, _, ok := ParseGroup(group); ok {
			if v.workspaces == nil {
				v.workspaces = sets.New[string]()
			}
			v.workspaces.Insert(workspace)
		}
	}
	return v
}

// sees says whether a workspace with these readers and this name may be seen.
func (v viewer) sees(readers, name string) bool {
	if v.member != "" && strings.Contains(readers, v.member) {
		return true
	}
	return v.workspaces.Has(name) && strings.HasPrefix(readers, withGroups)
}
