package compose

import (
	"testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// TestSplitEnvironment: each part bears the environment from the moment on at which it is made.
func TestSplitEnvironment(t *testing.T) {
	alone := Workspace(Parts{Storage: parts(t, raw(t, aliceStorage), nil).Storage, DatalabKind: true})
	grown := alone.DeepCopy()
	grown.Spec.Owner = "alice"
	storage, datalab, err := Split(alone, grown)
	if err != nil || len(storage) > 0 {
		t.Fatalf("want edits of the Datalab alone, got %v, %v", storage, err)
	}
	made := map[string]any{}
	if err := datalab.Apply(made); err != nil {
		t.Fatal(err)
	}
	if got := lookup(made, fields("metadata", "annotations", DatalabEnvironmentAnnotation)); got != "datalab" {
		t.Errorf("want the environment of the workspace, got %v", got)
	}
	relabelled := alone.DeepCopy()
	relabelled.Labels = map[string]string{"a": "b"}
	if _, datalab, err = Split(alone, relabelled); err != nil || len(datalab) > 0 {
		t.Errorf("a label must not make a Datalab, got %v, %v", datalab, err)
	}
}

// TestFinalizers: whose a finalizer of a Storage is, and under what name.
func TestFinalizers(t *testing.T) {
	for storage, workspace := range map[string]string{
		"composite.apiextensions.crossplane.io":   "",
		"finalizer.managedresource.crossplane.io": "",
		"crossplane.io/x":                         "",
		"workspaces.eoepca.org/else":              "",
		"storages.pkg.internal/x":                 "",
		"orphan":                                  "",
		"foregroundDeletion":                      "",
		OrphanFinalizer:                           "orphan",
		ForegroundFinalizer:                       "foregroundDeletion",
		"example.org/mine":                        "example.org/mine",
		"notcrossplane.io/x":                      "notcrossplane.io/x",
	} {
		got, visible := workspaceFinalizer(storage)
		if visible != (workspace != "") || got != workspace {
			t.Errorf("%s: want %q, got %q", storage, workspace, got)
		}
		if back, ok := storageFinalizer(workspace); visible && (!ok || back != storage) {
			t.Errorf("%s: want %q back, got %q", workspace, storage, back)
		}
	}
}

// A pair that others made may lack the label that grants depend on: a change of buckets or grants sets it right, and no other.
func TestLabelIsSetRightWithBucketsAndGrants(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*eoepca.StorageSpec)
		want   any
	}{
		"a grant": {func(s *eoepca.StorageSpec) {
			s.AccessGrants = append(s.AccessGrants, eoepca.AccessGrant{Bucket: "ws-alice", Grantee: "new", Permission: eoepca.PermissionReadOnly})
		}, "true"},
		"a bucket":         {func(s *eoepca.StorageSpec) { s.Buckets = append(s.Buckets, eoepca.Bucket{Name: "ws-alice-c"}) }, "true"},
		"another":          {func(s *eoepca.StorageSpec) { s.CredentialsRollover = nil }, nil},
		"nothing is shown": {func(s *eoepca.StorageSpec) { s.Buckets = nil }, nil},
	} {
		doc := raw(t, aliceStorage)
		label := fields("metadata", "labels", DiscoverableLabel)
		if err := (Edits{{Op: OpRemove, Path: label}}).Apply(doc); err != nil {
			t.Fatal(err)
		}
		old := Workspace(parts(t, doc, nil))
		ws := old.DeepCopy()
		test.change(&ws.Spec.Storage)
		storage, _, err := Split(old, ws)
		if err != nil {
			t.Fatal(err)
		}
		if err := storage.Apply(doc); err != nil {
			t.Fatal(err)
		}
		if got := lookup(doc, label); got != test.want {
			t.Errorf("%s: the label is %v, want %v", name, got, test.want)
		}
	}
}
