package integration

import (
	"slices"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/test/integration/env"
)

// Whoever replaces a part as a whole, or brings back an old one, takes our marks with it. A change that was made long ago must not
// be made again by that: it would give somebody back the access that he has lost.
func TestAPartThatIsReplacedBringsNoOldChangeBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		adopted bool
		replace func(t *testing.T, ns string, old *unstructured.Unstructured)
	}{
		"the Datalab is replaced": {replace: func(t *testing.T, ns string, _ *unstructured.Unstructured) {
			replaceDatalab(t, e.Datalabs(ns))
		}},
		"a Datalab that was adopted is replaced": {adopted: true, replace: func(t *testing.T, ns string, _ *unstructured.Unstructured) {
			replaceDatalab(t, e.Datalabs(ns))
		}},
		"an old Storage is restored": {replace: func(t *testing.T, ns string, old *unstructured.Unstructured) {
			changeBoth(t, ns, "later", 3)
			patchPart(t, e.Datalabs(ns), "one", object{"spec": object{"users": []any{"direct"}}})
			old.SetResourceVersion(getPart(t, e.Storages(ns), "one").GetResourceVersion())
			update(t, e.Storages(ns), old)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			if test.adopted {
				createPart(t, e.Datalabs(ns), datalabOf("one", object{"users": []any{"first"}}))
				createPart(t, e.Storages(ns), storageOf("one", object{"principal": "one-" + ns, "buckets": buckets("one-" + ns)}))
			} else {
				create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "one"))
			}
			changeBoth(t, ns, "revoked", 2)
			test.replace(t, ns, getPart(t, e.Storages(ns), "one"))
			for i, replica := range e.Replicas {
				if owner := get(t, replica.Workspaces(ns), "one").Spec.Owner; owner != "direct" {
					t.Errorf("replica %d tells of the owner %q", i, owner)
				}
			}
			if _, err := patch(t, e.Replicas[1].Workspaces(ns), "one", object{"metadata": object{"labels": object{"next": "write"}}}); err != nil {
				t.Fatal(err)
			}
			users, _, _ := unstructured.NestedStringSlice(getPart(t, e.Datalabs(ns), "one").Object, "spec", "users")
			if !slices.Equal(users, []string{"direct"}) {
				t.Errorf("the Datalab has the users %v", users)
			}
		})
	}
}

// changeBoth writes both parts of the workspace one, by its owner and its buckets.
func changeBoth(t *testing.T, ns, owner string, count int) {
	t.Helper()
	list := []any{object{"name": "one-" + ns}}
	for i := range count {
		list = append(list, object{"name": "one-" + ns + "-" + string(rune('a'+i))})
	}
	content := object{"spec": object{"owner": owner, "members": nil, "storage": object{"buckets": list}}}
	if _, err := mergePatch(t, e.Replicas[0].Workspaces(ns), "one", content); err != nil {
		t.Fatal(err)
	}
}

// replaceDatalab replaces it by one without annotations.
func replaceDatalab(t *testing.T, client dynamic.ResourceInterface) {
	t.Helper()
	lab := datalabOf("one", object{"users": []any{"direct"}})
	lab.SetResourceVersion(getPart(t, client, "one").GetResourceVersion())
	update(t, client, lab)
}

func update(t *testing.T, client dynamic.ResourceInterface, o *unstructured.Unstructured) {
	t.Helper()
	if _, err := client.Update(t.Context(), o, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}
