package compose

import (
	"fmt"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

func (c *composition) storageSpec() eoepca.StorageSpec {
	s := &c.Storage.Spec
	spec := eoepca.StorageSpec{Principal: s.Principal}
	if r := s.CredentialsRollover; r != nil && *r != (storagev1beta1.CredentialsRollover{}) {
		spec.CredentialsRollover = &eoepca.CredentialsRollover{Interval: rollover(r.Interval), MaxToKeep: r.MaxToKeep}
	}
	spec.Buckets = distinct(s.Buckets, func(i int, b *storagev1beta1.Bucket) (string, eoepca.Bucket) {
		return b.BucketName, eoepca.Bucket{Name: b.BucketName, Discoverable: b.Discoverable, LifecycleRules: c.rules(i, b)}
	})
	spec.AccessRequests = distinct(s.BucketAccessRequests, func(i int, r *storagev1beta1.BucketAccessRequest) (string, eoepca.AccessRequest) {
		at := c.time(Storage, r.RequestedAt, "spec.bucketAccessRequests[%d].requestedAt", i)
		return r.BucketName, eoepca.AccessRequest{Bucket: r.BucketName, Reason: r.Reason, RequestedAt: at}
	})
	type grantKey struct{ bucket, grantee string }
	spec.AccessGrants = distinct(s.BucketAccessGrants, func(i int, g *storagev1beta1.BucketAccessGrant) (grantKey, eoepca.AccessGrant) {
		if g.BucketName == "" || g.Grantee == "" {
			return grantKey{}, eoepca.AccessGrant{}
		}
		return grantKey{g.BucketName, g.Grantee}, eoepca.AccessGrant{
			Bucket: g.BucketName, Grantee: g.Grantee, Permission: eoepca.Permission(g.Permission),
			GrantedAt: c.time(Storage, g.GrantedAt, "spec.bucketAccessGrants[%d].grantedAt", i),
		}
	})
	return spec
}

func (c *composition) rules(bucket int, b *storagev1beta1.Bucket) []eoepca.LifecycleRule {
	return distinct(b.LifecycleRules, func(i int, r *storagev1beta1.LifecycleRule) (string, eoepca.LifecycleRule) {
		return r.Target, eoepca.LifecycleRule{
			Target: r.Target, Mode: eoepca.LifecycleMode(r.Mode), MinAge: r.MinAge,
			At: c.time(Storage, r.At, "spec.buckets[%d].lifecycleRules[%d].at", bucket, i),
		}
	})
}

// datalabSpec fills in what the Datalab holds.
func (c *composition) datalabSpec(spec *eoepca.WorkspaceSpec) {
	d := &c.Datalab.Spec
	spec.Owner, spec.Members = c.people(d)
	spec.Sessions = distinct(d.Sessions, func(_ int, s *datalabv1beta2.Session) (string, eoepca.Session) {
		return s.Name, eoepca.Session{Name: s.Name, State: sessionState(s.State)}
	})
	spec.Stores = eoepca.Stores{
		Databases: sorted(d.Databases, func(name string, db datalabv1beta2.Database) eoepca.Database {
			return eoepca.Database{Name: name, Databases: db.Names, Storage: db.Storage, BackupStorage: db.BackupStorage}
		}),
		Vectors:   sorted(d.VectorStores, composeStore),
		Caches:    sorted(d.CacheStores, composeStore),
		Documents: sorted(d.DocumentStores, composeStore),
	}
	spec.Runtime = composeRuntime(d)
}

// people answers the owner, who is the first user whatever his name, and the members, who are the others.
func (c *composition) people(d *datalabv1beta2.DatalabSpec) (string, []eoepca.Member) {
	if len(d.Users) == 0 {
		return "", nil
	}
	owner := d.Users[0]
	return owner, distinct(d.Users[1:], func(_ int, name *string) (string, eoepca.Member) {
		if *name == "" || *name == owner {
			return "", eoepca.Member{}
		}
		override := d.UserOverrides[*name]
		return *name, eoepca.Member{
			Name: *name, Role: role(override.Role),
			GrantedAt: c.time(Datalab, override.GrantedAt, "spec.userOverrides[%s].grantedAt", *name),
		}
	})
}

func composeStore(name string, s datalabv1beta2.Store) eoepca.Store {
	return eoepca.Store{Name: name, Storage: s.Storage}
}

// distinct composes the items of a list. The first item of a key counts, and one without a key is left out: a strange part
// must not make lists that structured-merge-diff refuses.
func distinct[K comparable, P, W any](items []P, compose func(int, *P) (K, W)) []W {
	if len(items) == 0 {
		return nil
	}
	var none K
	var seen map[K]struct{}
	if len(items) > 1 {
		seen = make(map[K]struct{}, len(items))
	}
	result := make([]W, 0, len(items))
	for i := range items {
		key, item := compose(i, &items[i])
		if key == none {
			continue
		}
		if seen != nil {
			if _, again := seen[key]; again {
				continue
			}
			seen[key] = struct{}{}
		}
		result = append(result, item)
	}
	if len(result) == 0 {
		return nil
	}
	return result
}

// sorted composes the entries of a map into a list, by name.
func sorted[P, W any](entries map[string]P, compose func(string, P) W) []W {
	if len(entries) == 0 {
		return nil
	}
	result := make([]W, 0, len(entries))
	for _, name := range sortedKeys(entries) {
		if name != "" {
			result = append(result, compose(name, entries[name]))
		}
	}
	if len(result) == 0 {
		return nil
	}
	return result
}

// sortedKeys is slices.Sorted(maps.Keys(entries)) with a quarter of its allocations: this runs for every workspace.
func sortedKeys[V any](entries map[string]V) []string {
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// time parses what a part holds as a string. What is no time is left out, and noted.
func (c *composition) time(kind Kind, value, path string, args ...any) *metav1.Time {
	if value == "" {
		return nil
	}
	parsed, err := time.Parse(time.RFC3339, value)
	if err != nil {
		c.note(kind, fmt.Sprintf(path, args...)+" is not a time")
		return nil
	}
	// Whole seconds of local time are what a client's JSON becomes: else every update would seem to change it.
	at := metav1.NewTime(parsed.Local().Truncate(time.Second))
	return &at
}
