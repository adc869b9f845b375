package compose

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// TestSplitManagedFields: a new time alone is worth no write of the Storage, but goes along with one.
func TestSplitManagedFields(t *testing.T) {
	later := func(ws *eoepca.Workspace) {
		at := metav1.NewTime(ws.ManagedFields[0].Time.Add(time.Hour))
		ws.ManagedFields[0].Time = &at
	}
	annotation := fields("metadata", "annotations", ManagedFieldsAnnotation)
	for name, test := range map[string]struct {
		change           func(ws *eoepca.Workspace)
		storage, managed bool
	}{
		"a later time": {change: later},
		"a later time and a session": {change: func(ws *eoepca.Workspace) {
			later(ws)
			ws.Spec.Sessions[0].State = eoepca.SessionStopped
		}},
		"a later time and a bucket": {storage: true, managed: true, change: func(ws *eoepca.Workspace) {
			later(ws)
			ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: "b"})
		}},
		"a bucket alone": {storage: true, change: func(ws *eoepca.Workspace) {
			ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, eoepca.Bucket{Name: "b"})
		}},
		"another owner of the same field": {storage: true, managed: true, change: func(ws *eoepca.Workspace) {
			entry := *ws.ManagedFields[0].DeepCopy()
			entry.Manager = "another"
			ws.ManagedFields = append(ws.ManagedFields, entry)
		}},
		"all owners go": {storage: true, managed: true, change: func(ws *eoepca.Workspace) { ws.ManagedFields = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			old := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
			new := old.DeepCopy()
			test.change(new)
			storage, _, err := Split(old, new)
			if err != nil {
				t.Fatal(err)
			}
			managed := false
			for _, edit := range storage {
				managed = managed || edit.Path[len(edit.Path)-1].equal(annotation[2])
			}
			if (len(storage) > 0) != test.storage || managed != test.managed {
				t.Errorf("want a write of the Storage: %v, with managed fields: %v; got %+v", test.storage, test.managed, storage)
			}
		})
	}
}

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
