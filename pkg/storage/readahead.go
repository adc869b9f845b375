package storage

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// A get, and a change, costs the caller two round trips one after the other: may he, and what is there. Reading ahead makes
// them one: the parts are read while the authorizer still asks, and nobody sees them before it has answered.

type readAheadKey struct{}

// readAhead is the read of one request, begun early.
type readAhead struct {
	mu   sync.Mutex
	key  types.NamespacedName
	done chan struct{} // nil: not begun, or taken
	s    *snapshot
	err  error
}

// WithReadAhead makes room in a request for a read that ReadAhead begins.
func WithReadAhead(ctx context.Context) context.Context {
	return context.WithValue(ctx, readAheadKey{}, &readAhead{})
}

// ReadAhead begins to read a workspace for the request's first read of it. That read ends with the request at the latest.
func (b *Backend) ReadAhead(ctx context.Context, namespace, name string) {
	ahead, ok := ctx.Value(readAheadKey{}).(*readAhead)
	if !ok {
		return
	}
	ahead.mu.Lock()
	defer ahead.mu.Unlock()
	if ahead.done != nil {
		return
	}
	ahead.key = types.NamespacedName{Namespace: namespace, Name: name}
	done := make(chan struct{})
	ahead.done = done
	go func() {
		defer close(done)
		ahead.s, ahead.err = b.read(ctx, ahead.key)
	}()
}

// readOnce answers the read that was begun for the request, once: whoever reads again wants to see what has changed.
func (b *Backend) readOnce(ctx context.Context, key types.NamespacedName) (*snapshot, error) {
	ahead, ok := ctx.Value(readAheadKey{}).(*readAhead)
	if !ok {
		return b.read(ctx, key)
	}
	ahead.mu.Lock()
	done := ahead.done
	fits := done != nil && ahead.key == key
	ahead.done = nil
	ahead.mu.Unlock()
	if !fits {
		return b.read(ctx, key)
	}
	select {
	case <-done:
		return ahead.s, ahead.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
