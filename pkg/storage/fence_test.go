package storage

import (
	"context"
	"net/http"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Who asks for a touch while one fails is told at once, and finds another way.
func TestNobodyWaitsForAFenceThatCannotBeTouched(t *testing.T) {
	var f *fence
	later := make(chan *touch, 100)
	api := &fakeAPI{refusal: apierrors.NewBadRequest("no"), meanwhile: func(*http.Request) { later <- f.request() }}
	api.put(storageKind, "another", fakePart(storageKind, "another", object{}, nil))
	b := api.backend(t)
	f = newFence(b.clients[storageKind], "ns")
	ctx, cancel := context.WithTimeout(t.Context(), fenceRetry/2)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); f.run(ctx) }()
	if _, err := f.revision(ctx); err == nil || ctx.Err() != nil {
		t.Fatalf("the first is told: %v", err)
	}
	if _, err := (<-later).wait(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("who asked meanwhile is told: %v", err)
	}
	if _, err := f.revision(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("who asks afterwards is told: %v", err)
	}
	cancel()
	<-done
}
