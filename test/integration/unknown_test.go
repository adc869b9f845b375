package integration

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// growth is a field that a newer provider adds to a part's kind: where its schema says so.
type growth struct {
	crd  string
	path string
}

var growths = []growth{
	{"storages.pkg.internal", "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/future"},
	{"storages.pkg.internal", "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/buckets/items/properties/future"},
	{"datalabs.pkg.internal", "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/future"},
	{"datalabs.pkg.internal", "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/sessions/items/properties/future"},
	{"datalabs.pkg.internal", "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/userOverrides/additionalProperties/properties/future"},
}

var future = object{"depth": int64(7), "list": []any{"x", object{"y": true}}}

// changes of a workspace, each written in another way.
var changes = map[string]func(t *testing.T, client typed.WorkspaceInterface, ns string) error{
	"strategic merge patch of a bucket and a member": func(t *testing.T, client typed.WorkspaceInterface, ns string) error {
		_, err := patch(t, client, "rich", object{"spec": object{
			"members": []any{object{"name": "dave"}}, "storage": object{"buckets": []any{object{"name": "rich-" + ns + "-2"}}},
		}})
		return err
	},
	"merge patch of a session": func(t *testing.T, client typed.WorkspaceInterface, _ string) error {
		_, err := mergePatch(t, client, "rich", object{"spec": object{"sessions": []any{object{"name": "default", "state": "Stopped"}}}})
		return err
	},
	"JSON patch of a label": func(t *testing.T, client typed.WorkspaceInterface, _ string) error {
		_, err := client.Patch(t.Context(), "rich", types.JSONPatchType,
			[]byte(`[{"op": "add", "path": "/metadata/labels/seen", "value": "yes"}]`), metav1.PatchOptions{})
		return err
	},
	"get, change and put": func(t *testing.T, client typed.WorkspaceInterface, ns string) error {
		ws := get(t, client, "rich")
		ws.Spec.Owner = "erin"
		ws.Spec.Storage.Buckets[0].LifecycleRules = []v1alpha1.LifecycleRule{{Target: "tmp/*", Mode: v1alpha1.LifecycleDelete, MinAge: "2w"}}
		ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, v1alpha1.Bucket{Name: "rich-" + ns + "-3"})
		_, err := client.Update(t.Context(), ws, metav1.UpdateOptions{})
		return err
	},
	"launch of a session": func(t *testing.T, client typed.WorkspaceInterface, _ string) error {
		_, err := client.CreateLaunch(t.Context(), "rich", &v1alpha1.WorkspaceLaunch{ObjectMeta: metav1.ObjectMeta{Name: "rich"}, Spec: v1alpha1.WorkspaceLaunchSpec{Session: "default"}}, metav1.CreateOptions{})
		return err
	},
}

// What the server does not know of a part survives every write: fields of newer providers at any depth, those of list items
// among them, what the composition engine keeps there, annotations, labels, finalizers and owners. Not parallel: it lets
// kube-apiserver begin anew with the kinds, and every watch of them.
func TestUnknownFieldsSurviveEveryWrite(t *testing.T) {
	letGrow(t)
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			ns := e.Namespace(t)
			storage, lab := richParts(ns)
			var strangers [2]map[string]any
			env.Eventually(t, "kube-apiserver keeps the new fields", func() error {
				for i, p := range []*unstructured.Unstructured{storage, lab} {
					client := []dynamic.ResourceInterface{e.Storages(ns), e.Datalabs(ns)}[i]
					if _, err := client.Patch(t.Context(), p.GetName(), types.ApplyPatchType, mustJSON(p), metav1.PatchOptions{FieldManager: "provider", FieldValidation: "Strict"}); err != nil {
						return err
					}
					strangers[i] = unknown(getPart(t, client, "rich"))
				}
				return nil
			})
			if err := change(t, e.Replicas[0].Workspaces(ns), ns); err != nil {
				t.Fatal(err)
			}
			for i, client := range []dynamic.ResourceInterface{e.Storages(ns), e.Datalabs(ns)} {
				if diff := cmp.Diff(strangers[i], unknown(getPart(t, client, "rich"))); diff != "" {
					t.Errorf("what the server does not know has changed (-before +after):\n%s", diff)
				}
			}
		})
	}
}

func letGrow(t *testing.T) {
	t.Helper()
	crds := e.Dynamic.Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
	for _, g := range growths {
		grow := []object{{"op": "add", "path": g.path, "value": object{"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}
		if _, err := crds.Patch(t.Context(), g.crd, types.JSONPatchType, mustJSON(grow), metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

func richParts(ns string) (storage, lab *unstructured.Unstructured) {
	storage = storageOf("rich", object{
		"principal": "rich", "future": future, "crossplane": future,
		"buckets": []any{object{"bucketName": "rich-" + ns, "future": future}},
	})
	lab = datalabOf("rich", object{
		"users": []any{"bob", "carol"}, "future": future, "crossplane": future,
		"sessions":      []any{object{"name": "default", "state": "started", "future": future}},
		"userOverrides": object{"carol": object{"role": "admin", "future": future}, "ghost": object{"future": future}},
	})
	for _, p := range []*unstructured.Unstructured{storage, lab} {
		p.SetNamespace(ns)
		p.SetLabels(map[string]string{"crossplane.io/composite": "rich", "team": "a"})
		p.SetAnnotations(map[string]string{"crossplane.io/external-name": "rich", "pkg.internal/other": "x", "team": "a"})
		p.SetFinalizers([]string{finalizer})
	}
	return storage, lab
}

// unknown is all of a part that the server does not know of.
func unknown(p *unstructured.Unstructured) map[string]any {
	spec := p.Object["spec"].(object)
	kept := object{"future": spec["future"], "crossplane": spec["crossplane"], "finalizers": p.GetFinalizers()}
	for _, key := range []string{"crossplane.io/external-name", "pkg.internal/other", "team"} {
		kept["annotation "+key] = p.GetAnnotations()[key]
	}
	for _, key := range []string{"crossplane.io/composite", "team"} {
		kept["label "+key] = p.GetLabels()[key]
	}
	for _, list := range []string{"buckets", "sessions"} {
		items, _, _ := unstructured.NestedSlice(p.Object, "spec", list)
		if i := slices.IndexFunc(items, func(item any) bool { return item.(object)["future"] != nil }); i >= 0 {
			kept[list] = items[i].(object)["future"]
		}
	}
	overrides, _, _ := unstructured.NestedMap(p.Object, "spec", "userOverrides")
	for _, user := range []string{"carol", "ghost"} {
		if override, ok := overrides[user].(object); ok {
			kept["override of "+user] = override["future"]
		}
	}
	return kept
}
