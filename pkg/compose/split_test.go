package compose

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// TestSplitOfNothing: composing and splitting without a change in between changes no part.
func TestSplitOfNothing(t *testing.T) {
	ws := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	storage, datalab, err := Split(ws, ws.DeepCopy())
	if err != nil || len(storage) != 0 || len(datalab) != 0 {
		t.Fatalf("want no edits, got %v, %v, %v", storage, datalab, err)
	}
}

// TestSplitCreates: what is made anew from a Workspace composes to that Workspace again.
func TestSplitCreates(t *testing.T) {
	ws := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
	storage, datalab, err := Split(nil, ws)
	if err != nil {
		t.Fatal(err)
	}
	newStorage := raw(t, "{apiVersion: pkg.internal/v1beta1, kind: Storage, metadata: {name: ws-alice, namespace: workspace}, spec: {}}")
	newDatalab := raw(t, "{apiVersion: pkg.internal/v1beta2, kind: Datalab, metadata: {name: ws-alice, namespace: workspace}, spec: {}}")
	if err := storage.Apply(newStorage); err != nil {
		t.Fatal(err)
	}
	if err := datalab.Apply(newDatalab); err != nil {
		t.Fatal(err)
	}
	again := Workspace(parts(t, newStorage, newDatalab))
	if diff := cmp.Diff(ws.Spec, again.Spec); diff != "" {
		t.Errorf("the spec changed on its way (-wanted +got):\n%s", diff)
	}
	for _, same := range []struct {
		what      string
		want, got any
	}{
		{"labels", ws.Labels, again.Labels},
		{"annotations", ws.Annotations, again.Annotations},
		{"finalizers", ws.Finalizers, again.Finalizers},
		{"ownerReferences", ws.OwnerReferences, again.OwnerReferences},
	} {
		if diff := cmp.Diff(same.want, same.got); diff != "" {
			t.Errorf("%s changed on their way (-wanted +got):\n%s", same.what, diff)
		}
	}
	if got := lookup(newStorage, fields("metadata", "labels", DiscoverableLabel)); got != "true" {
		t.Errorf("a Storage with a discoverable bucket must bear the label, got %v", got)
	}
	if got := lookup(newDatalab, fields("metadata", "annotations", DatalabEnvironmentAnnotation)); got != "datalab" {
		t.Errorf("the Datalab must bear the environment, got %v", got)
	}
}

// TestSplitWithoutDatalab: a Workspace that says nothing that only a Datalab can hold needs none.
func TestSplitWithoutDatalab(t *testing.T) {
	storage, datalab, err := Split(nil, &eoepca.Workspace{Spec: eoepca.WorkspaceSpec{Environment: "e", Storage: eoepca.StorageSpec{Principal: "p"}}})
	if err != nil || len(storage) == 0 || len(datalab) != 0 {
		t.Fatalf("want edits of the Storage alone, got %v, %v, %v", storage, datalab, err)
	}
	made := map[string]any{}
	if err := storage.Apply(made); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"metadata": map[string]any{"annotations": map[string]any{StorageEnvironmentAnnotation: "e"}},
		"spec":     map[string]any{"principal": "p", "buckets": []any{}},
	}
	delete(made["metadata"].(map[string]any), "labels")
	if diff := cmp.Diff(want, made); diff != "" {
		t.Errorf("(-wanted +got):\n%s", diff)
	}
}

// TestSplitChanges: each change of a Workspace changes what it should in the parts, and nothing else.
func TestSplitChanges(t *testing.T) {
	for name, test := range map[string]struct {
		change  func(ws *eoepca.Workspace)
		storage func(s map[string]any)
		datalab func(d map[string]any)
	}{
		"a session is started": {
			change:  func(ws *eoepca.Workspace) { ws.Spec.Sessions[1].State = eoepca.SessionStarted },
			datalab: func(d map[string]any) { at(d, "spec", "sessions", 1)["state"] = "started" },
		},
		"a member is removed with what was said about him": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Members = ws.Spec.Members[1:] },
			datalab: func(d map[string]any) {
				at(d, "spec")["users"] = []any{"alice", "carol"}
				delete(at(d, "spec", "userOverrides"), "bob")
			},
		},
		"a member's role changes": {
			change:  func(ws *eoepca.Workspace) { ws.Spec.Members[0].Role = eoepca.MemberRoleUser },
			datalab: func(d map[string]any) { at(d, "spec", "userOverrides", "bob")["role"] = "user" },
		},
		"a member is added": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: "dan", Role: eoepca.MemberRoleAdmin})
			},
			datalab: func(d map[string]any) {
				at(d, "spec")["users"] = []any{"alice", "bob", "carol", "dan"}
				at(d, "spec", "userOverrides")["dan"] = map[string]any{"role": "admin"}
			},
		},
		"the owner and a member change places": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Owner, ws.Spec.Members = "carol", []eoepca.Member{{Name: "alice", Role: "User"}, ws.Spec.Members[0]}
			},
			datalab: func(d map[string]any) {
				at(d, "spec")["users"] = []any{"carol", "alice", "bob"}
				at(d, "spec", "userOverrides")["alice"] = map[string]any{"role": "user"}
			},
		},
		"the owner goes": {
			change:  func(ws *eoepca.Workspace) { ws.Spec.Owner = "" },
			datalab: func(d map[string]any) { at(d, "spec")["users"] = []any{"", "bob", "carol"} },
		},
		"the order of members changes": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Members[0], ws.Spec.Members[1] = ws.Spec.Members[1], ws.Spec.Members[0]
			},
			datalab: func(d map[string]any) { at(d, "spec")["users"] = []any{"alice", "carol", "bob"} },
		},
		"a bucket is put between others": {
			change: func(ws *eoepca.Workspace) {
				b := ws.Spec.Storage.Buckets
				ws.Spec.Storage.Buckets = []eoepca.Bucket{b[0], {Name: "ws-alice-a"}, b[1]}
			},
			storage: func(s map[string]any) {
				b := at(s, "spec")["buckets"].([]any)
				at(s, "spec")["buckets"] = []any{b[0], map[string]any{"bucketName": "ws-alice-a"}, b[1]}
			},
		},
		"the last discoverable bucket hides": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Storage.Buckets[0].Discoverable = ptr.To(false) },
			storage: func(s map[string]any) {
				at(s, "spec", "buckets", 0)["discoverable"] = false
				delete(at(s, "metadata", "labels"), DiscoverableLabel)
			},
		},
		"all buckets go": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Storage.Buckets = nil },
			storage: func(s map[string]any) {
				at(s, "spec")["buckets"] = []any{}
				delete(at(s, "metadata", "labels"), DiscoverableLabel)
			},
		},
		"a lifecycle rule changes": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Storage.Buckets[0].LifecycleRules[0].MinAge = "3w" },
			storage: func(s map[string]any) {
				at(s, "spec", "buckets", 0, "lifecycleRules", 0)["minAge"] = "3w"
			},
		},
		"a grant is changed": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Storage.AccessGrants[0].Permission = eoepca.PermissionNone },
			storage: func(s map[string]any) {
				at(s, "spec", "bucketAccessGrants", 0)["permission"] = "None"
			},
		},
		"the rollover goes": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Storage.CredentialsRollover = nil },
			storage: func(s map[string]any) {
				delete(at(s, "spec"), "credentialsRollover")
			},
		},
		"a store grows": {
			change:  func(ws *eoepca.Workspace) { ws.Spec.Stores.Documents[0].Storage = "20Gi" },
			datalab: func(d map[string]any) { at(d, "spec", "documentStores", "prod")["storage"] = "20Gi" },
		},
		"a database joins another": {
			change: func(ws *eoepca.Workspace) { ws.Spec.Stores.Databases[0].Databases = []string{"dev", "prod", "x"} },
			datalab: func(d map[string]any) {
				at(d, "spec", "databases", "pg0")["names"] = []any{"dev", "prod", "x"}
			},
		},
		"a file changes beside others": {
			change: func(ws *eoepca.Workspace) {
				ws.Spec.Runtime.Files[1].Git.Ref = "v2"
				ws.Spec.Runtime.Files = append(ws.Spec.Runtime.Files, eoepca.File{Path: "z"})
			},
			datalab: func(d map[string]any) {
				at(d, "spec", "files", 1, "git")["ref"] = "v2"
				at(d, "spec")["files"] = append(at(d, "spec")["files"].([]any), map[string]any{"path": "z"})
			},
		},
		"labels, annotations and finalizers": {
			change: func(ws *eoepca.Workspace) {
				ws.Labels = map[string]string{"team": "green", "crossplane.io/composite": "mine"}
				ws.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "new"}
				ws.Finalizers = []string{"example.org/keep", "foregroundDeletion"}
			},
			storage: func(s map[string]any) {
				at(s, "metadata", "labels")["team"] = "green"
				at(s, "metadata", "annotations")[LastAppliedAnnotation] = "new"
				delete(at(s, "metadata", "annotations"), "note")
				at(s, "metadata")["finalizers"] = []any{"composite.apiextensions.crossplane.io", "example.org/keep", ForegroundFinalizer}
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			old := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
			new := old.DeepCopy()
			test.change(new)
			wantStorage, wantDatalab := raw(t, aliceStorage), raw(t, aliceDatalab)
			if test.storage != nil {
				test.storage(wantStorage)
			}
			if test.datalab != nil {
				test.datalab(wantDatalab)
			}
			storage, datalab, err := Split(old, new)
			if err != nil {
				t.Fatal(err)
			}
			check(t, "Storage", overTheWire(t, storage), raw(t, aliceStorage), wantStorage)
			check(t, "Datalab", overTheWire(t, datalab), raw(t, aliceDatalab), wantDatalab)
		})
	}
}

// check applies edits and their inverse.
func check(t *testing.T, kind string, edits Edits, before, want map[string]any) {
	t.Helper()
	got := runtime.DeepCopyJSON(before)
	if err := edits.Apply(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s is not as it should be (-wanted +got):\n%s", kind, diff)
	}
	if err := overTheWire(t, edits.Invert(before)).Apply(got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, got); diff != "" {
		t.Errorf("the inverse does not take the %s back (-before +got):\n%s", kind, diff)
	}
}

// overTheWire encodes edits into an intent and back.
func overTheWire(t testing.TB, edits Edits) Edits {
	t.Helper()
	value, err := (&Intent{ID: "1", Datalab: edits}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	intent, err := DecodeIntent(value)
	if err != nil {
		data, _ := json.Marshal(edits)
		t.Fatalf("%v: %s", err, data)
	}
	return intent.Datalab
}

// at answers the object at a path of field names and list indices.
func at(object map[string]any, path ...any) map[string]any {
	var value any = object
	for _, step := range path {
		switch step := step.(type) {
		case string:
			value = value.(map[string]any)[step]
		case int:
			value = value.([]any)[step]
		}
	}
	return value.(map[string]any)
}
