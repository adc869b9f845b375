package clients

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/polling"
	"github.com/fluxcd/cli-utils/pkg/kstatus/polling/event"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/cli-utils/pkg/kstatus/watcher"
	"github.com/fluxcd/cli-utils/pkg/object"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/eoepca/workspaces/test/integration/env"
)

// Every answer and every version of a workspace has a status that tools can rely on: nothing counts as finished that is not.
func TestKstatusComputes(t *testing.T) {
	t.Parallel()
	p := newIdlePlace(t)
	c := p.client(t)
	ws := p.object(t, p.manifest("one", "  sessions: [{name: main, state: Started}]"))
	is := func(when string, want status.Status) {
		t.Helper()
		result, err := status.Compute(ws)
		if err != nil || result.Status != want {
			t.Errorf("%s, it is %v, %v, want %s", when, result, err, want)
		}
	}
	if err := c.Create(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	is("as the answer to its creation", status.InProgressStatus)
	e.PlayProviders(t, p.namespace)
	awaitStatus(t, c, ws, status.CurrentStatus)
	if err := c.Patch(t.Context(), ws, client.RawPatch("application/merge-patch+json", []byte(`{"spec":{"owner":"erin"}}`))); err != nil {
		t.Fatal(err)
	}
	is("as the answer to a change", status.InProgressStatus)
	awaitStatus(t, c, ws, status.CurrentStatus)
	if err := c.Patch(t.Context(), ws, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":["example.org/hold"]}}`))); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), ws); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(ws), ws); err != nil {
		t.Fatal(err)
	}
	is("while it is deleted", status.TerminatingStatus)
}

func awaitStatus(t *testing.T, c client.Client, ws *unstructured.Unstructured, want status.Status) {
	t.Helper()
	env.Eventually(t, "its status is "+string(want), func() error {
		if err := c.Get(t.Context(), client.ObjectKeyFromObject(ws), ws); err != nil {
			return err
		}
		result, err := status.Compute(ws)
		if err == nil && result.Status != want {
			return &unexpectedStatus{result}
		}
		return err
	})
}

type unexpectedStatus struct{ *status.Result }

func (u *unexpectedStatus) Error() string { return string(u.Status) + ": " + u.Message }

// Who polls and who watches sees a workspace come, become current, go and be gone.
func TestKstatusPollsAndWatches(t *testing.T) {
	t.Parallel()
	p := newIdlePlace(t)
	c := p.client(t)
	dynamicClient, err := dynamic.NewForConfig(p.config(t))
	if err != nil {
		t.Fatal(err)
	}
	ws := p.object(t, p.manifest("one", "  sessions: [{name: main, state: Started}]"))
	ids := object.ObjMetadataSet{object.UnstructuredToObjMetadata(ws)}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	poller := polling.NewStatusPoller(c, c.RESTMapper(), polling.Options{})
	polled := follow(poller.Poll(ctx, ids, polling.PollOptions{PollInterval: 100 * time.Millisecond}))
	watched := follow(watcher.NewDefaultStatusWatcher(dynamicClient, c.RESTMapper()).Watch(ctx, ids, watcher.Options{}))

	polled.await(t, status.NotFoundStatus)
	watched.await(t, "Sync")
	if err := c.Create(ctx, ws); err != nil {
		t.Fatal(err)
	}
	both := func(want status.Status) {
		t.Helper()
		polled.await(t, want)
		watched.await(t, want)
	}
	both(status.InProgressStatus)
	e.PlayProviders(t, p.namespace)
	both(status.CurrentStatus)
	if err := c.Patch(ctx, ws, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":["example.org/hold"]}}`))); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(ctx, ws); err != nil {
		t.Fatal(err)
	}
	both(status.TerminatingStatus)
	if err := c.Patch(ctx, ws, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))); err != nil {
		t.Fatal(err)
	}
	both(status.NotFoundStatus)
}

// statuses are those of one object, as they are told.
type statuses struct {
	events <-chan event.Event
	seen   []string
}

func follow(events <-chan event.Event) *statuses { return &statuses{events: events} }

// await waits for a status, or that the first of all has been told.
func (s *statuses) await(t *testing.T, want status.Status) {
	t.Helper()
	late := time.NewTimer(time.Minute)
	defer late.Stop()
	for {
		select {
		case told, open := <-s.events:
			if !open || told.Error != nil {
				t.Fatalf("after %v it ends: %v", s.seen, told.Error)
			}
			is := string(want)
			if told.Resource != nil {
				is = string(told.Resource.Status)
				if told.Resource.Error != nil {
					t.Fatalf("after %v: %v", s.seen, told.Resource.Error)
				}
			} else if told.Type == event.SyncEvent {
				is = "Sync"
			}
			s.seen = append(s.seen, is)
			if is == string(want) {
				return
			}
		case <-late.C:
			t.Fatalf("%s does not come after %v", want, slices.Compact(s.seen))
		}
	}
}
