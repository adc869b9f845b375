package compose

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// TestConcurrentChanges: of any two changes of different items, each computed without the other, both survive, in
// whatever order they are made.
func TestConcurrentChanges(t *testing.T) {
	type spec = eoepca.WorkspaceSpec
	type rule = eoepca.LifecycleRule
	type grant = eoepca.AccessGrant
	bucket := func(s *spec) *eoepca.Bucket {
		return item(s.Storage.Buckets, func(b eoepca.Bucket) bool { return b.Name == "ws-alice" })
	}
	changes := map[string]func(s *spec){
		"add a bucket": func(s *spec) {
			s.Storage.Buckets = append(s.Storage.Buckets, eoepca.Bucket{Name: "ws-alice-x"})
		},
		"add another bucket in front": func(s *spec) {
			s.Storage.Buckets = append([]eoepca.Bucket{{Name: "ws-alice-y"}}, s.Storage.Buckets...)
		},
		"remove a bucket": func(s *spec) {
			s.Storage.Buckets = slices.DeleteFunc(s.Storage.Buckets, func(b eoepca.Bucket) bool { return b.Name == "ws-alice-b" })
		},
		"change a rule": func(s *spec) {
			item(bucket(s).LifecycleRules, func(r rule) bool { return r.Target == "tmp/*" }).MinAge = "9w"
		},
		"remove a rule": func(s *spec) {
			bucket(s).LifecycleRules = slices.DeleteFunc(bucket(s).LifecycleRules, func(r rule) bool { return r.Target == "old/*" })
		},
		"ask for a bucket": func(s *spec) {
			s.Storage.AccessRequests = append(s.Storage.AccessRequests, eoepca.AccessRequest{Bucket: "q"})
		},
		"withdraw a request": func(s *spec) {
			s.Storage.AccessRequests = slices.DeleteFunc(s.Storage.AccessRequests, func(r eoepca.AccessRequest) bool { return r.Bucket == "ws-bob-shared" })
		},
		"grant somebody": func(s *spec) {
			s.Storage.AccessGrants = append(s.Storage.AccessGrants, grant{Bucket: "ws-alice", Grantee: "z", Permission: "None"})
		},
		"change a grant": func(s *spec) {
			item(s.Storage.AccessGrants, func(g grant) bool { return g.Grantee == "ws-eric" }).Permission = "ReadWrite"
		},
		"add a member": func(s *spec) { s.Members = append(s.Members, eoepca.Member{Name: "dan", Role: "User"}) },
		"add another member in front": func(s *spec) {
			s.Members = append([]eoepca.Member{{Name: "eve", Role: "Admin"}}, s.Members...)
		},
		"remove a member": func(s *spec) {
			s.Members = slices.DeleteFunc(s.Members, func(m eoepca.Member) bool { return m.Name == "carol" })
		},
		"change a member's role": func(s *spec) {
			item(s.Members, func(m eoepca.Member) bool { return m.Name == "bob" }).Role = "User"
		},
		"change the owner": func(s *spec) { s.Owner = "olga" },
		"add a session":    func(s *spec) { s.Sessions = append(s.Sessions, eoepca.Session{Name: "s", State: "Stopped"}) },
		"stop a session": func(s *spec) {
			item(s.Sessions, func(s eoepca.Session) bool { return s.Name == "default" }).State = "Stopped"
		},
		"remove a session": func(s *spec) {
			s.Sessions = slices.DeleteFunc(s.Sessions, func(s eoepca.Session) bool { return s.Name == "extra" })
		},
		"add a store": func(s *spec) { s.Stores.Vectors = append(s.Stores.Vectors, eoepca.Store{Name: "v"}) },
		"remove a database": func(s *spec) {
			s.Stores.Databases = slices.DeleteFunc(s.Stores.Databases, func(d eoepca.Database) bool { return d.Name == "pg1" })
		},
		"change the budget": func(s *spec) { s.Runtime.Quota.Budget = "large" },
		"drop the policy":   func(s *spec) { s.Runtime.Security = nil },
		"add a file":        func(s *spec) { s.Runtime.Files = append(s.Runtime.Files, eoepca.File{Path: "f"}) },
		"remove a file": func(s *spec) {
			s.Runtime.Files = slices.DeleteFunc(s.Runtime.Files, func(f eoepca.File) bool { return f.Path == "code" })
		},
		"change a file": func(s *spec) {
			item(s.Runtime.Files, func(f eoepca.File) bool { return f.Path == "img" }).NewRootPath = "r"
		},
	}
	base := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	rawStorage, rawDatalab := raw(t, aliceStorage), raw(t, aliceDatalab)
	for first, one := range changes {
		for second, another := range changes {
			if first == second {
				continue
			}
			t.Run(first+" and "+second, func(t *testing.T) {
				want := base.DeepCopy()
				storage, datalab := runtime.DeepCopyJSON(rawStorage), runtime.DeepCopyJSON(rawDatalab)
				for _, change := range []func(*spec){one, another} {
					changed := base.DeepCopy()
					change(&changed.Spec)
					transform(t, base, changed, storage, datalab)
					change(&want.Spec)
				}
				got := Workspace(parts(t, storage, datalab))
				if diff := gocmp.Diff(unordered(want.Spec), unordered(got.Spec), cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("(-wanted +got):\n%s", diff)
				}
			})
		}
	}
}

// item answers the item that is looked for.
func item[T any](list []T, is func(T) bool) *T {
	return &list[slices.IndexFunc(list, is)]
}

// unordered sorts every list of items with keys.
func unordered(spec eoepca.WorkspaceSpec) eoepca.WorkspaceSpec {
	slices.SortFunc(spec.Members, func(a, b eoepca.Member) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(spec.Sessions, func(a, b eoepca.Session) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(spec.Storage.Buckets, func(a, b eoepca.Bucket) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(spec.Storage.AccessRequests, func(a, b eoepca.AccessRequest) int { return cmp.Compare(a.Bucket, b.Bucket) })
	slices.SortFunc(spec.Storage.AccessGrants, func(a, b eoepca.AccessGrant) int { return cmp.Compare(a.Grantee, b.Grantee) })
	slices.SortFunc(spec.Runtime.Files, func(a, b eoepca.File) int { return cmp.Compare(a.Path, b.Path) })
	return spec
}
