package workspace

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// owner warns when somebody ceases to be the owner and has no other part in the workspace.
func (w *warner) owner(path *field.Path) {
	if was := w.old.Spec.Owner; was != "" && was != w.caller && !belongs(w.ws, was) {
		w.add(path, "%q, who was the owner, is no member and has no access any more", was)
	}
}

// members warns who shuts himself out, and when the owner is left as the only administrator.
func (w *warner) members(path *field.Path) {
	if w.caller != "" && belongs(w.old, w.caller) && !belongs(w.ws, w.caller) {
		w.add(path, "you, %q, do not belong to the workspace any more", w.caller)
	}
	if w.old.Spec.Owner == w.ws.Spec.Owner && slices.ContainsFunc(w.old.Spec.Members, administers) &&
		!slices.ContainsFunc(w.ws.Spec.Members, administers) {
		w.add(path, "no member is an administrator any more: only the owner, %q, is", w.ws.Spec.Owner)
	}
}

func belongs(ws *eoepca.Workspace, user string) bool {
	return ws.Spec.Owner == user || slices.ContainsFunc(ws.Spec.Members, func(m eoepca.Member) bool { return m.Name == user })
}

func administers(m eoepca.Member) bool { return m.Role == eoepca.MemberRoleAdmin }

// grants warns of those that have no effect.
func (w *warner) grants(path *field.Path) {
	storage, old := &w.ws.Spec.Storage, &w.old.Spec.Storage
	if len(storage.AccessGrants) > 0 && !slices.ContainsFunc(storage.Buckets, isDiscoverable) &&
		(slices.ContainsFunc(old.Buckets, isDiscoverable) || !equality.Semantic.DeepEqual(storage.AccessGrants, old.AccessGrants)) {
		w.add(path, "without effect until a bucket of this workspace is discoverable")
	}
	eachNew(w, path, storage.AccessGrants, old.AccessGrants,
		func(g *eoepca.AccessGrant) string { return g.Grantee },
		func(path *field.Path, g *eoepca.AccessGrant) {
			if !w.granteeKnown(g) {
				w.add(path.Child("grantee"), "no workspace that may be known here has the principal %q: a grant names the principal of a workspace, which by default "+
					"is the workspace's name, not a user", g.Grantee)
			}
		})
}

func isDiscoverable(b eoepca.Bucket) bool { return b.Discoverable != nil && *b.Discoverable }

// requests warns of those that nobody will see. Whether there is such a bucket stays untold.
func (w *warner) requests(path *field.Path) {
	eachNew(w, path, w.ws.Spec.Storage.AccessRequests, w.old.Spec.Storage.AccessRequests,
		func(r *eoepca.AccessRequest) string { return r.Bucket },
		func(path *field.Path, r *eoepca.AccessRequest) {
			if !w.bucketOffered(r.Bucket) {
				w.add(path.Child("bucket"), "no workspace offers %q: the request waits until there is a discoverable bucket of this name", r.Bucket)
			}
		})
}
