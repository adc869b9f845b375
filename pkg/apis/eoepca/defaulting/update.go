package defaulting

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Update stamps new members, access requests and grants, and carries over what may not change: the stamps of existing
// ones, and what creation has filled in for good, so that a manifest that a workspace was made from can replace it. It
// defaults nothing else: what a client takes out of a workspace stays out.
func Update(ws, old *eoepca.Workspace, now time.Time) {
	ws.Spec.Environment = cmp.Or(ws.Spec.Environment, old.Spec.Environment)
	ws.Spec.Storage.Principal = cmp.Or(ws.Spec.Storage.Principal, old.Spec.Storage.Principal)
	stampNew(&ws.Spec, &old.Spec, now)
	keepPrecision(ws.Spec.Storage.Buckets, old.Spec.Storage.Buckets)
}

func stampNew(spec, old *eoepca.WorkspaceSpec, now time.Time) {
	stampItems(spec.Members, old.Members, now,
		func(m *eoepca.Member) string { return m.Name },
		func(m *eoepca.Member) **metav1.Time { return &m.GrantedAt })
	stampItems(spec.Storage.AccessRequests, old.Storage.AccessRequests, now,
		func(r *eoepca.AccessRequest) string { return r.Bucket },
		func(r *eoepca.AccessRequest) **metav1.Time { return &r.RequestedAt })
	stampItems(spec.Storage.AccessGrants, old.Storage.AccessGrants, now,
		func(g *eoepca.AccessGrant) [2]string { return [2]string{g.Bucket, g.Grantee} },
		func(g *eoepca.AccessGrant) **metav1.Time { return &g.GrantedAt })
}

// stampItems stamps the items that are new. An existing item that never had a stamp gets none: an update of something
// else must not change it. The zero time is left out like null, as which it would be written.
func stampItems[T any, K comparable](items, old []T, now time.Time, key func(*T) K, at func(*T) **metav1.Time) {
	known := make(map[K]*metav1.Time, len(old))
	for i := range old {
		known[key(&old[i])] = *at(&old[i])
	}
	for i := range items {
		field := at(&items[i])
		if (*field).IsZero() {
			*field = nil
		}
		was, exists := known[key(&items[i])]
		switch {
		case exists && (*field == nil || SameTime(*field, was)):
			*field = was
		case !exists && *field == nil:
			*field = stamp(now)
		}
	}
}

// keepPrecision keeps the fractions of a second that a rule's date has in the Storage: they are never served, so a
// client cannot send them back, and a date that nobody changed must not be written.
func keepPrecision(buckets, old []eoepca.Bucket) {
	type rule struct{ bucket, target string }
	known := map[rule]*metav1.Time{}
	for _, bucket := range old {
		for _, r := range bucket.LifecycleRules {
			known[rule{bucket.Name, r.Target}] = r.At
		}
	}
	for _, bucket := range buckets {
		for i := range bucket.LifecycleRules {
			r := &bucket.LifecycleRules[i]
			if was := known[rule{bucket.Name, r.Target}]; r.At != nil && SameTime(r.At, was) {
				r.At = was
			}
		}
	}
}

// SameTime compares two times in the precision that they are served in.
func SameTime(a, b *metav1.Time) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Unix() == b.Unix()
}
