package defaulting_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/defaulting"
)

var (
	now     = time.Date(2026, 1, 10, 19, 0, 0, 700, time.UTC)
	stamped = ptr.To(metav1.NewTime(now.Truncate(time.Second)))
	past    = ptr.To(metav1.NewTime(now.Add(-time.Hour)))
)

func config() *defaulting.Config {
	return &defaulting.Config{Environment: "datalab", SessionMode: defaulting.SessionModeOn, MaxSessions: 3}
}

func named(spec eoepca.WorkspaceSpec) *eoepca.Workspace {
	return &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws-alice"}, Spec: spec}
}

// full is what becomes of a workspace of which nothing but the name is given.
func full() eoepca.WorkspaceSpec {
	return eoepca.WorkspaceSpec{
		Environment: "datalab",
		Owner:       "alice",
		Storage: eoepca.StorageSpec{
			Principal: "ws-alice",
			Buckets:   []eoepca.Bucket{{Name: "ws-alice", Discoverable: ptr.To(true)}},
		},
		Sessions: []eoepca.Session{{Name: "default", State: eoepca.SessionStarted}},
		Runtime: eoepca.Runtime{
			SecretName: "ws-alice",
			VCluster:   ptr.To(false),
			Registry:   &eoepca.Registry{Enabled: ptr.To(true)},
		},
	}
}

func TestCreate(t *testing.T) {
	type spec = eoepca.WorkspaceSpec
	for name, test := range map[string]struct {
		given     spec
		user      string
		noDatalab bool
		config    func(*defaulting.Config)
		want      func(*spec)
	}{
		"a name is enough": {},
		"where there are no Datalabs, the storage alone is filled in": {
			noDatalab: true,
			want: func(s *spec) {
				*s = spec{Environment: "datalab", Storage: full().Storage}
			},
		},
		"a component of the cluster does not become the owner": {
			user: "system:serviceaccount:ci:robot",
			want: func(s *spec) { s.Owner = "" },
		},
		"the session mode auto declares the default session stopped": {
			config: func(c *defaulting.Config) { c.SessionMode = defaulting.SessionModeAuto },
			want:   func(s *spec) { s.Sessions[0].State = eoepca.SessionStopped },
		},
		"the session mode off declares none": {
			config: func(c *defaulting.Config) { c.SessionMode = defaulting.SessionModeOff },
			want:   func(s *spec) { s.Sessions = nil },
		},
		"where no session is allowed, none is declared": {
			config: func(c *defaulting.Config) { c.MaxSessions = 0 },
			want:   func(s *spec) { s.Sessions = nil },
		},
		"the operator may want virtual clusters and no registry": {
			config: func(c *defaulting.Config) { c.UseVCluster, c.DisableRegistry = true, true },
			want: func(s *spec) {
				s.Runtime.VCluster, s.Runtime.Registry.Enabled = ptr.To(true), ptr.To(false)
			},
		},
		"what is given stays": {
			given: spec{
				Environment: "edge",
				Owner:       "carol",
				Storage:     eoepca.StorageSpec{Principal: "carol", Buckets: []eoepca.Bucket{{Name: "ws-alice-x"}}},
				Sessions:    []eoepca.Session{{Name: "mine", State: eoepca.SessionStopped}},
				Runtime: eoepca.Runtime{
					SecretName: "keys", VCluster: ptr.To(true), Registry: &eoepca.Registry{Enabled: ptr.To(false), Storage: "5Gi"},
				},
			},
			want: func(s *spec) {
				*s = spec{
					Environment: "edge",
					Owner:       "carol",
					Storage:     eoepca.StorageSpec{Principal: "carol", Buckets: []eoepca.Bucket{{Name: "ws-alice-x"}}},
					Sessions:    []eoepca.Session{{Name: "mine", State: eoepca.SessionStopped}},
					Runtime: eoepca.Runtime{
						SecretName: "keys", VCluster: ptr.To(true), Registry: &eoepca.Registry{Enabled: ptr.To(false), Storage: "5Gi"},
					},
				}
			},
		},
		"members, requests and grants are stamped with full seconds": {
			given: spec{
				Members: []eoepca.Member{{Name: "bob"}, {Name: "eve", GrantedAt: past}},
				Storage: eoepca.StorageSpec{
					AccessRequests: []eoepca.AccessRequest{{Bucket: "ws-bob"}},
					AccessGrants:   []eoepca.AccessGrant{{Bucket: "ws-alice", Grantee: "ws-eric"}},
				},
			},
			want: func(s *spec) {
				s.Members = []eoepca.Member{{Name: "bob", GrantedAt: stamped}, {Name: "eve", GrantedAt: past}}
				s.Storage.AccessRequests = []eoepca.AccessRequest{{Bucket: "ws-bob", RequestedAt: stamped}}
				s.Storage.AccessGrants = []eoepca.AccessGrant{{Bucket: "ws-alice", Grantee: "ws-eric", GrantedAt: stamped}}
			},
		},
		"a stamp of the zero time, which cannot be written, is one that is left out": {
			given: spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: &metav1.Time{}}}},
			want:  func(s *spec) { s.Members = []eoepca.Member{{Name: "bob", GrantedAt: stamped}} },
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, want, user := config(), full(), test.user
			if test.config != nil {
				test.config(cfg)
			}
			if test.want != nil {
				test.want(&want)
			}
			if user == "" {
				user = "alice"
			}
			ws := named(test.given)
			defaulting.Create(ws, user, now, !test.noDatalab, cfg)
			if diff := cmp.Diff(want, ws.Spec); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
}

func TestUpdate(t *testing.T) {
	precise := ptr.To(metav1.NewTime(time.Date(2026, 1, 1, 0, 0, 0, 123456789, time.UTC)))
	served := ptr.To(metav1.NewTime(precise.Truncate(time.Second)))
	type spec = eoepca.WorkspaceSpec
	for name, test := range map[string]struct{ old, given, want spec }{
		"nothing is filled in but stamps and what never changes": {
			old:   full(),
			given: spec{},
			want:  spec{Environment: full().Environment, Storage: eoepca.StorageSpec{Principal: full().Storage.Principal}},
		},
		"another value of what never changes is left for validation to refuse": {
			old:   full(),
			given: spec{Environment: "x", Storage: eoepca.StorageSpec{Principal: "y"}},
			want:  spec{Environment: "x", Storage: eoepca.StorageSpec{Principal: "y"}},
		},
		"a new member is stamped": {
			given: spec{Members: []eoepca.Member{{Name: "bob"}}},
			want:  spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: stamped}}},
		},
		"the stamp of an existing member is carried over, wherever it stands": {
			old:   spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: past}}},
			given: spec{Members: []eoepca.Member{{Name: "eve"}, {Name: "bob"}}},
			want:  spec{Members: []eoepca.Member{{Name: "eve", GrantedAt: stamped}, {Name: "bob", GrantedAt: past}}},
		},
		"an existing member without a stamp stays so": {
			old:   spec{Members: []eoepca.Member{{Name: "bob"}}},
			given: spec{Members: []eoepca.Member{{Name: "bob"}}},
			want:  spec{Members: []eoepca.Member{{Name: "bob"}}},
		},
		"another stamp is left for validation to refuse": {
			old:   spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: past}}},
			given: spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: served}}},
			want:  spec{Members: []eoepca.Member{{Name: "bob", GrantedAt: served}}},
		},
		"a grant is known by bucket and grantee": {
			old: spec{Storage: eoepca.StorageSpec{AccessGrants: []eoepca.AccessGrant{{Bucket: "a", Grantee: "x", GrantedAt: past}}}},
			given: spec{Storage: eoepca.StorageSpec{
				AccessGrants: []eoepca.AccessGrant{{Bucket: "a", Grantee: "x"}, {Bucket: "a", Grantee: "y"}},
			}},
			want: spec{Storage: eoepca.StorageSpec{AccessGrants: []eoepca.AccessGrant{
				{Bucket: "a", Grantee: "x", GrantedAt: past}, {Bucket: "a", Grantee: "y", GrantedAt: stamped},
			}}},
		},
		"fractions of a second, which are never served, are kept": {
			old: spec{Storage: eoepca.StorageSpec{
				Buckets:        []eoepca.Bucket{{Name: "a", LifecycleRules: []eoepca.LifecycleRule{{Target: "*", At: precise}}}},
				AccessRequests: []eoepca.AccessRequest{{Bucket: "b", RequestedAt: precise}},
			}},
			given: spec{Storage: eoepca.StorageSpec{
				Buckets:        []eoepca.Bucket{{Name: "a", LifecycleRules: []eoepca.LifecycleRule{{Target: "*", At: served}}}},
				AccessRequests: []eoepca.AccessRequest{{Bucket: "b", RequestedAt: served}},
			}},
			want: spec{Storage: eoepca.StorageSpec{
				Buckets:        []eoepca.Bucket{{Name: "a", LifecycleRules: []eoepca.LifecycleRule{{Target: "*", At: precise}}}},
				AccessRequests: []eoepca.AccessRequest{{Bucket: "b", RequestedAt: precise}},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			ws := named(test.given)
			defaulting.Update(ws, named(test.old), now)
			if diff := cmp.Diff(test.want, ws.Spec); diff != "" {
				t.Errorf("spec (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseStoreTypes(t *testing.T) {
	for list, want := range map[string]sets.Set[string]{
		"":                         sets.New[string](),
		" ; ,":                     sets.New[string](),
		"databases":                sets.New("databases"),
		"postgres, qdrant;Redis":   sets.New("databases", "vectors", "caches"),
		"mongodb,documents,MONGO;": sets.New("documents"),
	} {
		got, err := defaulting.ParseStoreTypes(list)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: got %v, %v, want %v", list, sets.List(got), err, sets.List(want))
		}
	}
	_, err := defaulting.ParseStoreTypes("postgres,mysql")
	if want := `"mysql" is not a store type: use databases, vectors, caches, documents`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestStoreTypeDisabled(t *testing.T) {
	cfg := &defaulting.Config{DisabledStoreTypes: sets.New("caches")}
	if disabled, reason := cfg.StoreTypeDisabled("caches"); !disabled || !strings.Contains(reason, "caches are disabled") {
		t.Errorf("caches: got %v, %q", disabled, reason)
	}
	if disabled, reason := cfg.StoreTypeDisabled("vectors"); disabled {
		t.Errorf("vectors: %s", reason)
	}
	cfg.DisableStores = true
	if disabled, _ := cfg.StoreTypeDisabled("vectors"); !disabled {
		t.Error("all stores are disabled, yet vectors are not")
	}
}
