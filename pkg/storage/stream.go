package storage

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/klog/v2"
)

const (
	// longWatch is about how long one watch of a kind is kept open.
	longWatch = 8 * time.Minute
	// shortWatch is the shortest watch that ends with a bookmark: shorter ones send none.
	shortWatch = 3 * time.Second
)

// errExpired ends a joined watch: history is gone or the kinds have changed, and only a new list can go on.
var errExpired = errors.New("the watch cannot be continued: list again")

// stream follows one kind from a revision on, over any number of watches.
type stream struct {
	client *partClient
	fence  *fence
	input  chan<- streamInput
	hurry  chan struct{}
	rv     uint64
	short  bool // the next watch is to end soon with a bookmark

	connected atomic.Bool
}

// streamInput is what a stream has to say: an event, progress, or that it can't go on.
type streamInput struct {
	kind   partKind
	event  *partEvent
	proven uint64
	err    error
}

func newStream(client *partClient, fence *fence, rv uint64, input chan<- streamInput) *stream {
	return &stream{client: client, fence: fence, rv: rv, input: input, hurry: make(chan struct{}, 1)}
}

// requestProgress asks that the stream prove soon how far it has come.
func (s *stream) requestProgress() {
	if s.fence.enabled() {
		s.fence.request()
		return
	}
	select {
	case s.hurry <- struct{}{}:
	default:
	}
}

// run follows the kind until the context ends or history is gone.
func (s *stream) run(ctx context.Context) {
	backoff := wait.Backoff{Duration: 20 * time.Millisecond, Factor: 2, Jitter: 0.5, Steps: 7, Cap: time.Second}
	retry := backoff
	for ctx.Err() == nil {
		progressed, err := s.follow(ctx)
		if progressed {
			retry = backoff
		}
		switch {
		case err == nil && progressed:
			continue // Ended in good order, and soon open again.
		case err == nil: // A server that ends watches as soon as they are open is not asked without a pause.
		case apierrors.IsResourceExpired(err) || apierrors.IsGone(err) || apierrors.IsNotFound(err):
			watchRestarts.WithLabelValues(s.client.kind.resource(), "expired").Inc()
			s.send(ctx, streamInput{kind: s.client.kind, err: errExpired})
			return
		case ctx.Err() == nil:
			s.connected.Store(false)
			watchRestarts.WithLabelValues(s.client.kind.resource(), "error").Inc()
			klog.FromContext(ctx).V(2).Info("Watch ended with an error, opening it anew", "kind", s.client.kind.String(), "reason", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry.Step()):
		}
	}
}

// follow opens one watch and passes on what it says until it ends.
func (s *stream) follow(ctx context.Context) (progressed bool, err error) {
	timeout := longWatch + rand.N(longWatch/4)
	if s.short {
		timeout = shortWatch
	}
	w, err := s.client.watch(ctx, s.rv, timeout)
	if err != nil {
		return false, err
	}
	defer w.Stop()
	s.connected.Store(true)
	short := s.short
	s.short = false
	for {
		select {
		case <-ctx.Done():
			return progressed, ctx.Err()
		case <-s.hurry:
			// A short watch may have sent its bookmark already: then the next one is to be short too.
			s.short = true
			if !short {
				return true, nil
			}
		case event, open := <-w.ResultChan():
			if !open {
				watchRestarts.WithLabelValues(s.client.kind.resource(), "ended").Inc()
				return progressed, nil
			}
			if event.Type == watch.Error {
				return progressed, apierrors.FromObject(event.Object)
			}
			if !s.take(ctx, event) {
				return progressed, ctx.Err()
			}
			progressed = true
		}
	}
}

func (s *stream) take(ctx context.Context, event watch.Event) bool {
	p, ok := event.Object.(part)
	if !ok {
		return true
	}
	s.rv = max(s.rv, revisionOf(p))
	input := streamInput{kind: s.client.kind, proven: s.rv}
	// A fence is there to prove progress and for nothing else: were its events events, they would wait for proofs themselves.
	if event.Type != watch.Bookmark && p.GetNamespace() != s.fence.namespace {
		slim(p)
		input.event = &partEvent{key: keyOf(p), rv: revisionOf(p), part: p, deleted: event.Type == watch.Deleted}
	}
	return s.send(ctx, input)
}

func (s *stream) send(ctx context.Context, input streamInput) bool {
	select {
	case s.input <- input:
		return true
	case <-ctx.Done():
		return false
	}
}
