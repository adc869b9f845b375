package install_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

func decode(t *testing.T, manifest string) *eoepca.Workspace {
	t.Helper()
	obj, err := runtime.Decode(install.Codecs.UniversalDecoder(eoepca.SchemeGroupVersion), []byte(manifest))
	if err != nil {
		t.Fatal(err)
	}
	return obj.(*eoepca.Workspace)
}

func TestDefaultsThatDependOnNothing(t *testing.T) {
	got := decode(t, `
apiVersion: eoepca.org/v1alpha1
kind: Workspace
spec:
  members: [{name: bob}, {name: eve, role: Admin}]
  storage:
    credentialsRollover: {interval: Weekly}
    buckets: [{name: a}, {name: b, discoverable: true}]
  sessions: [{name: a}, {name: b, state: Stopped}]
  stores:
    databases: [{name: pg0, databases: [dev]}]
    vectors: [{name: v}, {name: w, storage: 7Gi}]
    caches: [{name: c}]
    documents: [{name: d}]
  runtime:
    files: [{git: {url: https://example.org/x.git}}]
`).Spec
	want := eoepca.WorkspaceSpec{
		Members: []eoepca.Member{{Name: "bob", Role: eoepca.MemberRoleUser}, {Name: "eve", Role: eoepca.MemberRoleAdmin}},
		Storage: eoepca.StorageSpec{
			CredentialsRollover: &eoepca.CredentialsRollover{Interval: eoepca.RolloverWeekly, MaxToKeep: 1},
			Buckets:             []eoepca.Bucket{{Name: "a", Discoverable: ptr.To(false)}, {Name: "b", Discoverable: ptr.To(true)}},
		},
		Sessions: []eoepca.Session{{Name: "a", State: eoepca.SessionStarted}, {Name: "b", State: eoepca.SessionStopped}},
		Stores: eoepca.Stores{
			Databases: []eoepca.Database{{Name: "pg0", Databases: []string{"dev"}, Storage: "1Gi", BackupStorage: "10Gi"}},
			Vectors:   []eoepca.Store{{Name: "v", Storage: "1Gi"}, {Name: "w", Storage: "7Gi"}},
			Caches:    []eoepca.Store{{Name: "c", Storage: "1Gi"}},
			Documents: []eoepca.Store{{Name: "d", Storage: "10Gi"}},
		},
		Runtime: eoepca.Runtime{Files: []eoepca.File{{Path: ".", Git: &eoepca.GitSource{URL: "https://example.org/x.git"}}}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("spec (-want +got):\n%s", diff)
	}
}

func TestSectionsThatAreEmptyAreNotServed(t *testing.T) {
	data, err := runtime.Encode(install.Codecs.LegacyCodec(v1alpha1.SchemeGroupVersion), &eoepca.Workspace{})
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"kind":"Workspace","apiVersion":"eoepca.org/v1alpha1"}` + "\n"; string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
}

func TestFieldSelectors(t *testing.T) {
	gvk := v1alpha1.SchemeGroupVersion.WithKind("Workspace")
	for _, label := range []string{"metadata.name", "metadata.namespace", "spec.owner", "spec.environment"} {
		if _, _, err := install.Scheme.ConvertFieldLabel(gvk, label, "x"); err != nil {
			t.Errorf("%s: %v", label, err)
		}
	}
	_, _, err := install.Scheme.ConvertFieldLabel(gvk, "spec.members", "x")
	const want = "field label not supported: spec.members"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestCanonicalizeSortsStoresAndNothingElse(t *testing.T) {
	ws := &eoepca.Workspace{Spec: eoepca.WorkspaceSpec{
		Members:  []eoepca.Member{{Name: "b"}, {Name: "a"}},
		Sessions: []eoepca.Session{{Name: "b"}, {Name: "a"}},
		Stores: eoepca.Stores{
			Databases: []eoepca.Database{{Name: "b", Databases: []string{"y", "x"}}, {Name: "a"}},
			Vectors:   []eoepca.Store{{Name: "b"}, {Name: "a"}},
			Caches:    []eoepca.Store{{Name: "b"}, {Name: "a"}},
			Documents: []eoepca.Store{{Name: "b"}, {Name: "a"}},
		},
	}}
	want := ws.DeepCopy()
	want.Spec.Stores = eoepca.Stores{
		Databases: []eoepca.Database{{Name: "a"}, {Name: "b", Databases: []string{"y", "x"}}},
		Vectors:   []eoepca.Store{{Name: "a"}, {Name: "b"}},
		Caches:    []eoepca.Store{{Name: "a"}, {Name: "b"}},
		Documents: []eoepca.Store{{Name: "a"}, {Name: "b"}},
	}
	eoepca.Canonicalize(ws)
	if diff := cmp.Diff(want, ws); diff != "" {
		t.Errorf("workspace (-want +got):\n%s", diff)
	}
}
