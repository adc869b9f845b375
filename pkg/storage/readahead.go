package storage

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"
)

// A get, and a change, costs the caller two round trips one after the other: may he, and what is there. Reading ahead makes
// them one: the parts are read while the authorizer still asks, and nobody sees them before it has answered.

type readAheadKey struct{}

// readAhead is the room that a request has for a read that is begun early.
type readAhead struct {
	mu    sync.Mutex
	begun bool
	read  *earlyRead // nil: not begun, or taken
}

// earlyRead is a read that is under way.
type earlyRead struct {
	key  types.NamespacedName
	done chan struct{}
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
	if ahead.begun {
		return // Whoever changes a workspace is authorized twice, and may have read it by then.
	}
	read := &earlyRead{key: types.NamespacedName{Namespace: namespace, Name: name}, done: make(chan struct{})}
	ahead.begun, ahead.read = true, read
	go func() {
		defer close(read.done)
		read.s, read.err = b.read(ctx, read.key)
	}()
}

// readOnce answers the read that was begun for the request, once: whoever reads again wants to see what has changed.
func (b *Backend) readOnce(ctx context.Context, key types.NamespacedName) (*snapshot, error) {
	ahead, ok := ctx.Value(readAheadKey{}).(*readAhead)
	if !ok {
		return b.read(ctx, key)
	}
	ahead.mu.Lock()
	read := ahead.read
	ahead.begun, ahead.read = true, nil
	ahead.mu.Unlock()
	if read == nil || read.key != key {
		return b.read(ctx, key)
	}
	select {
	case <-read.done:
		return read.s, read.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
