package integration

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/test/integration/env"
)

// A pair that others made is a workspace at once, for every reader.
func TestExistingPairIsAWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	begin := list(t, e.Replicas[1].Workspaces(ns), "").ResourceVersion
	recorder := env.Record(t, e.Replicas[1].Workspaces(ns), begin)
	createPart(t, e.Datalabs(ns), datalabOf("found", object{"users": []any{"bob", "carol"}, "sessions": []any{object{"name": "default", "state": "stopped"}}}))
	createPart(t, e.Storages(ns), storageOf("found", object{"principal": "found", "buckets": buckets("found-" + ns)}))
	for i, replica := range e.Replicas {
		ws := get(t, replica.Workspaces(ns), "found")
		if ws.Spec.Owner != "bob" || !slices.Equal(memberNames(ws), []string{"carol"}) || !slices.Equal(bucketNames(ws), []string{"found-" + ns}) {
			t.Errorf("replica %d answers %+v", i, ws.Spec)
		}
		if items := list(t, replica.Workspaces(ns), "").Items; len(items) != 1 {
			t.Errorf("replica %d lists %d workspaces, want 1", i, len(items))
		}
	}
	if event := recorder.Await(t, "the pair", func(env.Event) bool { return true }); event.Type != "ADDED" || event.Workspace.Spec.Owner != "bob" {
		t.Errorf("the first event is %s", event)
	}
	if _, err := patch(t, e.Replicas[0].Workspaces(ns), "found", object{"spec": object{"members": []any{object{"name": "dave"}}}}); err != nil {
		t.Errorf("change it: %v", err)
	}
	users, _, _ := unstructured.NestedStringSlice(getPart(t, e.Datalabs(ns), "found").Object, "spec", "users")
	if len(users) != 3 || users[0] != "bob" || len(missing(users, []string{"carol", "dave"})) > 0 {
		t.Errorf("the Datalab has the users %v, want the owner first, and carol and dave", users)
	}
}

// However strange a pair is, it can be read, watched and deleted, and it breaks no other.
func TestStrangePairsBreakNothing(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	begin := list(t, e.Replicas[1].Workspaces(ns), "").ResourceVersion
	recorder := env.Record(t, e.Replicas[1].Workspaces(ns), begin)
	earlier := e.Dynamic.Resource(schema.GroupVersionResource{Group: "pkg.internal", Version: "v1beta1", Resource: "datalabs"}).Namespace(ns)
	strange := map[string]struct {
		storage *unstructured.Unstructured
		datalab *unstructured.Unstructured
		labs    dynamic.ResourceInterface
	}{
		"a":        {storage: storageOf("a", object{"principal": "", "buckets": buckets()})},
		"b":        {storage: storageOf("b", object{"principal": "x", "buckets": buckets("y")}), datalab: datalabOf("b", object{"users": []any{}})},
		"nobody":   {storage: storageOf("nobody", object{"principal": "nobody", "buckets": buckets("", "UPPER_case")}), datalab: datalabOf("nobody", object{"users": []any{"", "ünïcödé", "system:x"}})},
		"twice":    {storage: storageOf("twice", object{"principal": "twice", "buckets": buckets("twice")}), datalab: datalabOf("twice", object{"users": []any{"u", "u", "u"}, "sessions": []any{object{"name": "s"}, object{"name": "s"}}})},
		"earlier":  {storage: storageOf("earlier", object{"principal": "earlier", "buckets": buckets("earlier")}), datalab: partOf("pkg.internal/v1beta1", "Datalab", "earlier", object{"users": []any{"bob"}, "sessions": []any{"default", "other"}}), labs: earlier},
		"dots.x.y": {storage: storageOf("dots.x.y", object{"principal": "p", "buckets": buckets("b")}), datalab: datalabOf("dots.x.y", object{"users": []any{"bob"}, "userOverrides": object{"ghost": object{"role": "admin"}}})},
	}
	for name, pair := range strange {
		if pair.storage != nil {
			pair.storage.SetAnnotations(map[string]string{"workspaces.eoepca.org/managed-fields": "{", "workspaces.eoepca.org/absence": "nonsense"})
			createPart(t, e.Storages(ns), pair.storage)
		}
		if pair.labs == nil {
			pair.labs = e.Datalabs(ns)
		}
		if pair.datalab != nil {
			pair.datalab.SetName(name)
			createPart(t, pair.labs, pair.datalab)
		}
	}
	createPart(t, e.Datalabs(ns), datalabOf("alone", object{"users": []any{"bob"}}))
	made := create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "ordinary"))

	for i, replica := range e.Replicas {
		client := replica.Workspaces(ns)
		for _, version := range []string{"", "0"} {
			env.Eventually(t, "all are listed", func() error { return lists(t, client, version, len(strange)+1) })
		}
		for name := range strange {
			get(t, client, name)
		}
		if ws := get(t, client, "earlier"); ws.Spec.Owner != "bob" {
			t.Errorf("replica %d: what can be read of the Datalab of an earlier form is not: %+v", i, ws.Spec)
		}
		if ws := get(t, client, "ordinary"); ws.UID != made.UID || !equality.Semantic.DeepEqual(ws.Spec, made.Spec) {
			t.Errorf("replica %d: the ordinary one has changed: %+v", i, ws.Spec)
		}
	}
	recorder.AwaitVersion(t, env.Version(t, made.ResourceVersion))
	for name := range strange {
		if _, err := patch(t, e.Replicas[0].Workspaces(ns), name, object{"metadata": object{"labels": object{"seen": "yes"}}}); err != nil {
			t.Errorf("label %s: %v", name, err)
		}
		if err := e.Replicas[0].Workspaces(ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
			t.Errorf("delete %s: %v", name, err)
		}
	}
	env.Eventually(t, "they go", func() error { return lists(t, e.Replicas[1].Workspaces(ns), "", 1) })
}
