package workspace

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// changeEverything is the body of somebody who tries to change more than a section.
func changeEverything(ws *eoepca.Workspace) {
	ws.Labels = map[string]string{"team": "red"}
	ws.Annotations = map[string]string{"team": "red"}
	ws.Finalizers = []string{"example.org/hold"}
	ws.Spec = eoepca.WorkspaceSpec{
		Environment: "other",
		Owner:       "bob",
		Members:     []eoepca.Member{{Name: "carol", Role: eoepca.MemberRoleAdmin, GrantedAt: &someTime}},
		Storage: eoepca.StorageSpec{
			Principal:           "ws-bob",
			CredentialsRollover: &eoepca.CredentialsRollover{Interval: eoepca.RolloverDaily, MaxToKeep: 2},
			Buckets:             append(slices.Clone(ws.Spec.Storage.Buckets), discoverable("ws-alice-b")),
			AccessRequests:      []eoepca.AccessRequest{{Bucket: "ws-bob", RequestedAt: &someTime}},
			AccessGrants:        []eoepca.AccessGrant{{Bucket: "ws-alice", Grantee: "ws-bob", Permission: eoepca.PermissionReadOnly, GrantedAt: &someTime}},
		},
		Sessions: []eoepca.Session{{Name: "gpu", State: eoepca.SessionStarted}},
		Stores:   eoepca.Stores{Caches: []eoepca.Store{{Name: "prod", Storage: "1Gi"}}},
		Runtime:  eoepca.Runtime{SecretName: "ws-bob"},
	}
	ws.Status.ObservedGeneration = 12
}

func TestASectionChangesThatSectionAndNothingElse(t *testing.T) {
	for name, take := range map[string]func(to, from *eoepca.WorkspaceSpec){
		"members": func(to, from *eoepca.WorkspaceSpec) { to.Owner, to.Members = from.Owner, from.Members },
		"buckets": func(to, from *eoepca.WorkspaceSpec) { to.Storage.Buckets = from.Storage.Buckets },
		"access": func(to, from *eoepca.WorkspaceSpec) {
			to.Storage.AccessRequests, to.Storage.AccessGrants = from.Storage.AccessRequests, from.Storage.AccessGrants
		},
		"stores":   func(to, from *eoepca.WorkspaceSpec) { to.Stores = from.Stores },
		"sessions": func(to, from *eoepca.WorkspaceSpec) { to.Sessions = from.Sessions },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			before := f.create(named("ws-alice"))
			section := f.storage["workspaces/"+name].(rest.Patcher)
			obj, _, err := section.Update(as("alice"), "ws-alice", changed(changeEverything), nil, nil, false, &metav1.UpdateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			after, sent, want := obj.(*eoepca.Workspace), before.DeepCopy(), before.DeepCopy()
			changeEverything(sent)
			take(&want.Spec, &sent.Spec)
			want.ResourceVersion, want.Generation = after.ResourceVersion, 2
			if diff := cmp.Diff(want, after); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Nobody applies to a section and owns what it ignores: the next apply to the workspace itself would conflict with it.
func TestWhatASectionLetsAnApplierOwn(t *testing.T) {
	f := newFixture(t)
	everything := []fieldpath.Path{
		fieldpath.MakePathOrDie("metadata", "labels", "team"),
		fieldpath.MakePathOrDie("spec", "owner"),
		fieldpath.MakePathOrDie("spec", "members", fieldpath.KeyByFields("name", "bob"), "role"),
		fieldpath.MakePathOrDie("spec", "environment"),
		fieldpath.MakePathOrDie("spec", "storage", "principal"),
		fieldpath.MakePathOrDie("spec", "storage", "credentialsRollover", "interval"),
		fieldpath.MakePathOrDie("spec", "storage", "buckets", fieldpath.KeyByFields("name", "b"), "discoverable"),
		fieldpath.MakePathOrDie("spec", "storage", "accessRequests", fieldpath.KeyByFields("bucket", "b")),
		fieldpath.MakePathOrDie("spec", "storage", "accessGrants", fieldpath.KeyByFields("bucket", "b", "grantee", "g")),
		fieldpath.MakePathOrDie("spec", "sessions", fieldpath.KeyByFields("name", "gpu"), "state"),
		fieldpath.MakePathOrDie("spec", "stores", "caches", fieldpath.KeyByFields("name", "prod")),
		fieldpath.MakePathOrDie("spec", "runtime", "secretName"),
		fieldpath.MakePathOrDie("status", "observedGeneration"),
	}
	for name, want := range map[string][]int{"members": {1, 2}, "buckets": {6}, "access": {7, 8}, "sessions": {9}, "stores": {10}} {
		filter := f.storage["workspaces/"+name].(rest.ResetFieldsFilterStrategy).GetResetFieldsFilter()[fieldpath.APIVersion(v1alpha1.SchemeGroupVersion.String())]
		owned, keep := filter.Filter(fieldpath.NewSet(everything...)), fieldpath.NewSet()
		for _, i := range want {
			keep.Insert(everything[i])
		}
		if !owned.Equals(keep) {
			t.Errorf("%s: %v, want %v", name, owned, keep)
		}
	}
}

func TestSessionsKeepsTheLimit(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	sessions := f.storage["workspaces/sessions"].(rest.Patcher)
	tooMany := changed(func(ws *eoepca.Workspace) {
		ws.Spec.Sessions = []eoepca.Session{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	})
	if _, _, err := sessions.Update(as("alice"), "ws-alice", tooMany, nil, nil, false, &metav1.UpdateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("three sessions where two are allowed: %v, want 422", err)
	}
}

func TestSessionsNeverCreatesAWorkspace(t *testing.T) {
	f := newFixture(t)
	sessions := f.storage["workspaces/sessions"].(rest.Patcher)
	apply := rest.DefaultUpdatedObjectInfo(named("ws-alice"))
	if _, _, err := sessions.Update(as("alice"), "ws-alice", apply, nil, nil, true, &metav1.UpdateOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("apply to a missing workspace: %v, want 404", err)
	}
}
