package workspace

import (
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// sections are the parts of the spec that a workspace's administrators manage, by the name of their subresource. What none
// of them holds (principal and credentialsRollover, runtime, environment) is for who may change the workspace itself.
var sections = map[string]section{
	"members": {
		fields: below("spec.owner", "spec.members"),
		take: func(to, from *eoepca.WorkspaceSpec) {
			to.Owner, to.Members = from.Owner, from.Members
		},
	},
	"buckets": {
		fields: below("spec.storage.buckets"),
		take:   func(to, from *eoepca.WorkspaceSpec) { to.Storage.Buckets = from.Storage.Buckets },
	},
	"access": {
		fields: below("spec.storage.accessRequests", "spec.storage.accessGrants"),
		take: func(to, from *eoepca.WorkspaceSpec) {
			to.Storage.AccessRequests, to.Storage.AccessGrants = from.Storage.AccessRequests, from.Storage.AccessGrants
		},
	},
	"stores": {
		fields: below("spec.stores"),
		take:   func(to, from *eoepca.WorkspaceSpec) { to.Stores = from.Stores },
	},
	"sessions": {
		fields: below("spec.sessions"),
		take:   func(to, from *eoepca.WorkspaceSpec) { to.Sessions = from.Sessions },
	},
}

// below matches the fields at the paths, and whatever is below them.
func below(paths ...string) (all []*fieldpath.SetMatcher) {
	for _, path := range paths {
		var elements []any
		for element := range strings.SplitSeq(path, ".") {
			elements = append(elements, element)
		}
		all = append(all, fieldpath.MakePrefixMatcherOrDie(elements...))
	}
	return all
}
