package gc

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// providerFinalizer is the one by which a provider has a part wait until what belongs to it is tidied up.
const providerFinalizer = "composite.apiextensions.crossplane.io"

// provide plays the providers in a namespace until the test ends: each part gets a finalizer, and loses it some time after
// it is deleted.
func provide(t testing.TB, namespace string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var providers sync.WaitGroup
	for _, parts := range []dynamic.ResourceInterface{e.Storages(namespace), e.Datalabs(namespace)} {
		p := provider{parts: parts}
		providers.Go(func() { p.run(ctx) })
	}
	t.Cleanup(func() {
		stop()
		providers.Wait()
	})
}

type provider struct{ parts dynamic.ResourceInterface }

func (p provider) run(ctx context.Context) {
	for ctx.Err() == nil {
		watch, err := p.parts.Watch(ctx, metav1.ListOptions{})
		if err != nil {
			p.pause(ctx)
			continue
		}
		for event := range watch.ResultChan() {
			if part, ok := event.Object.(*unstructured.Unstructured); ok && event.Type != "DELETED" {
				p.reconcile(ctx, part)
			}
		}
	}
}

func (p provider) reconcile(ctx context.Context, part *unstructured.Unstructured) {
	held := slices.Contains(part.GetFinalizers(), providerFinalizer)
	terminating := part.GetDeletionTimestamp() != nil
	if held != terminating {
		return
	}
	finalizers := slices.Clone(part.GetFinalizers())
	if terminating {
		p.pause(ctx)
		finalizers = slices.DeleteFunc(finalizers, func(name string) bool { return name == providerFinalizer })
	} else {
		finalizers = append(finalizers, providerFinalizer)
	}
	text, _ := json.Marshal(object{"metadata": object{"finalizers": finalizers, "resourceVersion": part.GetResourceVersion()}})
	// After a conflict comes another event.
	if _, err := p.parts.Patch(ctx, part.GetName(), types.MergePatchType, text, metav1.PatchOptions{}); apierrors.IsServerTimeout(err) {
		p.pause(ctx)
	}
}

// pause is as long as a quick provider takes.
func (provider) pause(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-time.After(rand.N(100 * time.Millisecond)):
	}
}
