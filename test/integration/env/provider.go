package env

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

// providerFinalizer is what Crossplane holds parts with until it has removed what they stand for.
const providerFinalizer = "composite.apiextensions.crossplane.io"

// again is when what failed is tried again, should no event bring it up before.
const again = 5 * time.Second

// PlayProviders plays the providers of a namespace's parts until the test ends: they hold the parts by a finalizer, and
// whatever is asked for is there at once.
func (e *Env) PlayProviders(t testing.TB, namespace string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(e.Dynamic, again, namespace, nil)
	t.Cleanup(func() { cancel(); factory.Shutdown() })
	for _, resource := range []schema.GroupVersionResource{storages, datalabs} {
		p := provider{ctx, e.Dynamic.Resource(resource)}
		_, err := factory.ForResource(resource).Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    p.play,
			UpdateFunc: func(_, o any) { p.play(o) },
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	factory.Start(ctx.Done())
}

// provider is the one of a kind.
type provider struct {
	ctx   context.Context
	parts dynamic.NamespaceableResourceInterface
}

// play does what is left to do for a part. What fails is tried again: with the event of what was in the way, or later.
func (p provider) play(o any) {
	part := o.(*unstructured.Unstructured)
	finalizers := part.GetFinalizers()
	held := slices.Contains(finalizers, providerFinalizer)
	switch {
	case part.GetDeletionTimestamp() != nil && held:
		p.hold(part, slices.DeleteFunc(finalizers, func(f string) bool { return f == providerFinalizer }))
	case part.GetDeletionTimestamp() == nil && !held:
		p.hold(part, append(finalizers, providerFinalizer))
	case part.GetDeletionTimestamp() == nil && !observed(part):
		p.patch(part, map[string]any{"status": statusOf(part)}, "status")
	}
}

// hold sends the whole list of finalizers, hence the precondition.
func (p provider) hold(part *unstructured.Unstructured, finalizers []string) {
	p.patch(part, map[string]any{"metadata": map[string]any{"finalizers": finalizers, "resourceVersion": part.GetResourceVersion()}})
}

func (p provider) patch(part *unstructured.Unstructured, content map[string]any, subresources ...string) {
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // values of our own
	}
	_, _ = p.parts.Namespace(part.GetNamespace()).
		Patch(p.ctx, part.GetName(), types.MergePatchType, text, metav1.PatchOptions{FieldManager: "provider"}, subresources...)
}

// observed tells whether a part's conditions are about what its spec says now.
func observed(part *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(part.Object, "status", "conditions")
	return len(conditions) > 0 && conditions[0].(map[string]any)["observedGeneration"] == part.GetGeneration()
}

func statusOf(part *unstructured.Unstructured) map[string]any {
	var conditions []any
	for _, kind := range []string{"Synced", "Ready"} {
		conditions = append(conditions, map[string]any{
			"type": kind, "status": "True", "reason": "Played", "lastTransitionTime": "2026-01-01T00:00:00Z",
			"observedGeneration": part.GetGeneration(),
		})
	}
	if part.GetKind() == "Storage" {
		return map[string]any{"conditions": conditions}
	}
	sessions := map[string]any{}
	told, _, _ := unstructured.NestedMap(part.Object, "status", "sessions")
	for name := range told {
		sessions[name] = nil // a merge would keep what is declared no longer
	}
	declared, _, _ := unstructured.NestedSlice(part.Object, "spec", "sessions")
	for _, each := range declared {
		session := each.(map[string]any)
		name := session["name"].(string)
		sessions[name] = map[string]any{"state": "stopped", "phase": "Stopped", "url": nil}
		if session["state"] == "started" {
			sessions[name] = map[string]any{"state": "started", "phase": "Running", "url": "https://" + name + ".example.org"}
		}
	}
	return map[string]any{"conditions": conditions, "sessions": sessions}
}
