package storage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/time/rate"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
)

const (
	// fenceName is the name of the one paused Storage and the one paused Datalab whose changes prove progress.
	fenceName = "fence"
	// fenceRate is how often a second a fence is touched at most, and fenceBurst how many of these may follow each other
	// at once after a rest.
	fenceRate  = 20
	fenceBurst = 5
	// fenceRetry is how long a fence that could not be touched is left alone.
	fenceRetry = 10 * time.Second

	fenceAnnotation  = "workspaces.eoepca.org/touched"
	pausedAnnotation = "crossplane.io/paused"
)

// fence is a part of the server's own, in the server's own namespace. Writing it proves progress: the write has a
// revision, every earlier write of the kind a lower one, and the event of the write comes after theirs on every watch.
// All replicas share it.
type fence struct {
	client    *partClient
	namespace string
	replica   string

	working atomic.Bool // the last touch succeeded

	mu      sync.Mutex
	waiting *touch        // what the next touch will answer; nil: nobody asks
	wake    chan struct{} // tells run that somebody does
}

// errFence is the answer to who waits for a fence that cannot be touched.
var errFence = errors.New("the fence cannot be written at present")

// touch is one write of the fence, shared by all who asked for it before it began.
type touch struct {
	done chan struct{}
	rv   uint64
	err  error
}

func newFence(client *partClient, namespace string) *fence {
	f := &fence{client: client, namespace: namespace, replica: uuid.NewString(), wake: make(chan struct{}, 1)}
	f.setWorking(namespace != "")
	return f
}

func (f *fence) setWorking(working bool) (before bool) {
	gauge := 0.0
	if working {
		gauge = 1
	}
	fencesWorking.WithLabelValues(f.client.kind.resource()).Set(gauge)
	return f.working.Swap(working)
}

// enabled says whether touching the fence is worth trying; without it, progress comes from short watches.
func (f *fence) enabled() bool { return f.working.Load() }

// request asks for a touch and does not wait for it.
func (f *fence) request() *touch {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.waiting == nil {
		f.waiting = &touch{done: make(chan struct{})}
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return f.waiting
}

// revision touches the fence and answers the revision of the touch: it holds every write that had ended before the call.
func (f *fence) revision(ctx context.Context) (uint64, error) {
	return f.request().wait(ctx)
}

// wait waits for the touch and answers its revision.
func (t *touch) wait(ctx context.Context) (uint64, error) {
	select {
	case <-t.done:
		return t.rv, t.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// run touches the fence when asked to, and tries now and then whether one that could not be touched now can.
func (f *fence) run(ctx context.Context) {
	if f.namespace == "" {
		return
	}
	limiter := rate.NewLimiter(fenceRate, fenceBurst)
	for counter := 1; ; counter++ {
		select {
		case <-ctx.Done():
		case <-f.wake:
		}
		if err := limiter.Wait(ctx); err != nil {
			f.answer(0, err)
			return
		}
		f.answerWith(func() (uint64, error) { return f.write(ctx, counter) })
		if f.enabled() {
			continue
		}
		f.rest(ctx)
		f.request()
	}
}

// rest leaves a fence alone that could not be touched, and does not let anybody wait for it meanwhile.
func (f *fence) rest(ctx context.Context) {
	retry := time.After(fenceRetry)
	for {
		f.answer(0, errFence)
		select {
		case <-f.wake:
		case <-retry:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (f *fence) answer(rv uint64, err error) {
	f.answerWith(func() (uint64, error) { return rv, err })
}

// answerWith closes the waiting touch to newcomers before it writes: who asks during a write needs the next one.
func (f *fence) answerWith(write func() (uint64, error)) {
	f.mu.Lock()
	t := f.waiting
	f.waiting = nil
	f.mu.Unlock()
	if t == nil {
		return
	}
	t.rv, t.err = write()
	close(t.done)
}

func (f *fence) write(ctx context.Context, counter int) (uint64, error) {
	timed, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	doc, err := f.patch(timed, counter)
	if apierrors.IsNotFound(err) {
		if doc, err = f.create(timed); apierrors.IsAlreadyExists(err) {
			doc, err = f.patch(timed, counter)
		}
	}
	fenceTouches.WithLabelValues(f.client.kind.resource(), outcome(err)).Inc()
	if wasWorking := f.setWorking(err == nil); err != nil {
		if wasWorking && ctx.Err() == nil {
			klog.FromContext(ctx).Info("Fence cannot be written: watches are correct but one to two seconds late until it can",
				"kind", f.client.kind.String(), "namespace", f.namespace, "reason", err.Error())
		}
		return 0, err
	}
	return doc.rv(), nil
}

func (f *fence) patch(ctx context.Context, counter int) (*document, error) {
	body, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]string{
		fenceAnnotation: fmt.Sprintf("%s-%d", f.replica, counter),
	}}})
	if err != nil {
		return nil, err
	}
	request := f.client.rest.Patch(types.MergePatchType).Namespace(f.namespace).Resource(f.client.kind.resource()).Name(fenceName)
	return f.client.decode(f.client.answer(writeOptions(request, string(types.MergePatchType), false).Body(body).Do(ctx)))
}

func (f *fence) create(ctx context.Context) (*document, error) {
	spec := map[string]any{}
	if f.client.kind == storageKind {
		spec = map[string]any{"principal": fenceName, "buckets": []any{}}
	}
	return f.client.create(ctx, f.namespace, map[string]any{
		"apiVersion": f.client.kind.groupVersion().String(),
		"kind":       f.client.kind.String(),
		"metadata": map[string]any{
			"name":        fenceName,
			"namespace":   f.namespace,
			"annotations": map[string]any{pausedAnnotation: "true"},
		},
		"spec": spec,
	}, false)
}
