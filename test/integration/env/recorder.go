package env

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// Event is one event of a watch, with the workspace as it was sent.
type Event struct {
	Type      watch.EventType
	Name      string
	Version   uint64
	Workspace *v1alpha1.Workspace
}

// String is everything that there is to an event, for comparison.
func (e Event) String() string {
	text, err := json.Marshal(e.Workspace)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %d %s", e.Type, e.Name, e.Version, text)
}

// Recorder keeps every event of a watch. A watch that the server ends is opened again at the last version, as an informer
// does it; whatever else goes wrong ends the recording.
type Recorder struct {
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at each change
	events  []Event
	version uint64 // of the last event or bookmark
	err     error
}

// Record watches from a version on until the test ends or Stop.
func Record(t testing.TB, client typed.WorkspaceInterface, version string) *Recorder {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &Recorder{cancel: cancel, done: make(chan struct{}), changed: make(chan struct{}), version: Version(t, version)}
	w, err := client.Watch(ctx, r.options())
	if err != nil {
		cancel()
		t.Fatalf("watch from version %s: %v", version, err)
	}
	go r.run(ctx, client, w)
	t.Cleanup(func() { r.Stop() })
	return r
}

func (r *Recorder) options() metav1.ListOptions {
	return metav1.ListOptions{ResourceVersion: strconv.FormatUint(r.version, 10), AllowWatchBookmarks: true}
}

func (r *Recorder) run(ctx context.Context, client typed.WorkspaceInterface, w watch.Interface) {
	defer close(r.done)
	for {
		r.follow(ctx, w)
		w.Stop()
		if ctx.Err() != nil || r.Err() != nil {
			return
		}
		var err error
		if w, err = client.Watch(ctx, r.options()); err != nil {
			r.fail(err)
			return
		}
	}
}

func (r *Recorder) follow(ctx context.Context, w watch.Interface) {
	for {
		select {
		case <-ctx.Done():
			return
		case event, open := <-w.ResultChan():
			if !open {
				return
			}
			if ws, ok := event.Object.(*v1alpha1.Workspace); ok {
				r.add(event.Type, ws)
				continue
			}
			r.fail(apierrors.FromObject(event.Object))
			return
		}
	}
}

func (r *Recorder) add(kind watch.EventType, ws *v1alpha1.Workspace) {
	r.mu.Lock()
	defer r.mu.Unlock()
	version, err := strconv.ParseUint(ws.ResourceVersion, 10, 64)
	switch {
	case err != nil:
		r.err = err
	case kind == watch.Bookmark && version < r.version, kind != watch.Bookmark && version <= r.version:
		r.err = fmt.Errorf("%s %s of version %d came after version %d", kind, ws.Name, version, r.version)
	case kind != watch.Bookmark:
		r.events = append(r.events, Event{Type: kind, Name: ws.Name, Version: version, Workspace: ws})
	}
	r.version = max(r.version, version)
	r.tell()
}

func (r *Recorder) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.err = err
	r.tell()
}

func (r *Recorder) tell() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// Err is what went wrong: the watch was refused, or versions did not increase.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Events are the events so far.
func (r *Recorder) Events() []Event {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.events[:len(r.events):len(r.events)]
}

// Await waits until an event is as wanted, and answers it.
func (r *Recorder) Await(t testing.TB, what string, want func(Event) bool) Event {
	t.Helper()
	seen := 0
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		r.mu.Lock()
		events, err, changed := r.events, r.err, r.changed
		r.mu.Unlock()
		for ; seen < len(events); seen++ {
			if want(events[seen]) {
				return events[seen]
			}
		}
		if err != nil {
			t.Fatalf("wait for %s: %v", what, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("wait for %s: not among %d events", what, len(events))
		}
	}
}

// AwaitVersion waits until the event of a write, or a later one, has come, and answers all up to that version.
func (r *Recorder) AwaitVersion(t testing.TB, version uint64) []Event {
	t.Helper()
	r.Await(t, fmt.Sprintf("version %d", version), func(e Event) bool { return e.Version >= version })
	var upTo []Event
	for _, event := range r.Events() {
		if event.Version <= version {
			upTo = append(upTo, event)
		}
	}
	return upTo
}

// Stop ends the recording. Safe to call twice.
func (r *Recorder) Stop() {
	r.cancel()
	<-r.done
}

// Version is a resourceVersion as the number that it is.
func Version(t testing.TB, version string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(version, 10, 64)
	if err != nil {
		t.Fatalf("the resourceVersion %q is no number", version)
	}
	return n
}
