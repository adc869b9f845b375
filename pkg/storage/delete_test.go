package storage

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// deleteWaiting begins a deletion that waits for the collector, as the registry does it.
func deleteWaiting(ctx context.Context, b *Backend, preconditions *storage.Preconditions) error {
	begin := func(existing runtime.Object, _ storage.ResponseMeta) (runtime.Object, *uint64, error) {
		ws := existing.(*eoepca.Workspace)
		ws.DeletionTimestamp, ws.Finalizers = ptr.To(metav1.Now()), []string{metav1.FinalizerDeleteDependents}
		return ws, nil, nil
	}
	return b.GuaranteedUpdate(ctx, "/workspaces/ns/ws", &eoepca.Workspace{}, false, preconditions, begin, nil)
}

func standing(annotations object) *fakeAPI {
	api := &fakeAPI{}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, annotations))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, object{}))
	return api
}

// isDeletion says whether a request deletes a Storage, and means it.
func isDeletion(r *http.Request) bool {
	if r.Method != http.MethodDelete || !strings.Contains(r.URL.Path, storageKind.resource()) {
		return false
	}
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return !bytes.Contains(body, []byte("dryRun"))
}

// Who may not delete a workspace has not changed it either.
func TestARefusedDeletionChangesNothing(t *testing.T) {
	for name, begin := range map[string]func(b *Backend) error{
		"that would wait": func(b *Backend) error { return deleteWaiting(t.Context(), b, nil) },
		"of a pair that others made": func(b *Backend) error {
			return b.Delete(t.Context(), "/workspaces/ns/ws", &eoepca.Workspace{}, nil, storage.ValidateAllObjectFunc, nil, storage.DeleteOptions{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := standing(object{})
			revision := len(api.states)
			api.refused = http.MethodDelete
			api.refusal = apierrors.NewForbidden(schema.GroupResource{Resource: "storages"}, "ws", errors.New("it is protected"))
			if err := begin(api.backend(t)); !apierrors.IsForbidden(err) {
				t.Errorf("got %v", err)
			}
			if len(api.states) != revision {
				t.Errorf("it has written: %v", api.requests)
			}
		})
	}
}

// A deletion whose first write has happened is brought to its end: the provider that writes in between does not prevent it, nor
// does the caller who goes away.
func TestADeletionThatHasBegunIsEnded(t *testing.T) {
	for name, between := range map[string]func(api *fakeAPI, leave context.CancelFunc){
		"a provider writes": func(api *fakeAPI, _ context.CancelFunc) {
			api.put(storageKind, "ws", api.now(storageKind, "ws"))
		},
		"the caller goes away": func(_ *fakeAPI, leave context.CancelFunc) { leave() },
	} {
		t.Run(name, func(t *testing.T) {
			api := standing(object{})
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			var once atomic.Bool
			api.meanwhile = func(r *http.Request) {
				if isDeletion(r) && once.CompareAndSwap(false, true) {
					between(api, leave)
				}
			}
			err := deleteWaiting(ctx, api.backend(t), &storage.Preconditions{ResourceVersion: ptr.To("2")})
			if err != nil {
				t.Error(err)
			}
			meta := api.now(storageKind, "ws")["metadata"].(object)
			if meta["deletionTimestamp"] == nil || !slices.Contains(meta["finalizers"].([]any), any(compose.ForegroundFinalizer)) {
				t.Errorf("in the end the Storage is %v", meta)
			}
		})
	}
}

// An intent that this server cannot read stands in the way of changes, and not of the end.
func TestAnIllegibleIntentPreventsNoDeletion(t *testing.T) {
	for name, intent := range map[string]string{
		"spoilt":              "{",
		"of a newer server":   `{"v":2,"id":"theirs"}`,
		"with unknown orders": `{"v":1,"id":"theirs","datalab":[{"op":"future","path":[{"f":"spec"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			api := standing(object{compose.IntentAnnotation: intent})
			b := api.backend(t)
			change := func(finalizers []string, existing runtime.Object) (runtime.Object, *uint64, error) {
				ws := existing.(*eoepca.Workspace)
				ws.Finalizers = finalizers
				return ws, nil, nil
			}
			update := func(finalizers ...string) error {
				return b.GuaranteedUpdate(t.Context(), "/workspaces/ns/ws", &eoepca.Workspace{}, false, nil,
					func(existing runtime.Object, _ storage.ResponseMeta) (runtime.Object, *uint64, error) {
						return change(finalizers, existing)
					}, nil)
			}
			if err := update("example.org/a"); !apierrors.IsServiceUnavailable(err) {
				t.Errorf("a change: got %v", err)
			}
			if err := deleteWaiting(t.Context(), b, nil); err != nil {
				t.Errorf("the deletion: %v", err)
			}
			if err := update(); err != nil {
				t.Errorf("what it waits for is done: %v", err)
			}
		})
	}
}

// A server that dies between the two writes of a deletion leaves a workspace that lives on, and in time is as it was.
func TestADeletionThatNobodyCarriesOutIsUndone(t *testing.T) {
	ago := func(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }
	undone := []any{"provider.crossplane.io"}
	kept := []any{"provider.crossplane.io", compose.OrphanFinalizer, compose.DatalabFinalizer}
	for name, test := range map[string]struct {
		begun, deleted string
		want           []any
	}{
		"it lives on":                {begun: ago(begunFor), want: undone},
		"nobody can read since when": {begun: "", want: undone},
		"it may still be deleted":    {begun: ago(settleTimeout), want: kept},
		"it is deleted":              {begun: ago(begunFor), deleted: ago(time.Second), want: kept},
	} {
		t.Run(name, func(t *testing.T) {
			api := standing(object{})
			begun := fakePart(storageKind, "ws", object{}, object{compose.DeletionAnnotation: metav1.FinalizerOrphanDependents + " " + test.begun})
			meta := begun["metadata"].(object)
			meta["finalizers"] = kept
			if test.deleted != "" {
				meta["deletionTimestamp"] = test.deleted
			}
			api.put(storageKind, "ws", begun)
			b := api.backend(t)
			s, err := b.readLive(t.Context(), types.NamespacedName{Namespace: "ns", Name: "ws"})
			if err != nil {
				t.Fatal(err)
			}
			if _, due := s.pair().chore(); !due {
				t.Error("nobody looks after it")
			}
			if err := newChores(b).do(t.Context(), s.key); err != nil {
				t.Fatal(err)
			}
			if got := api.now(storageKind, "ws")["metadata"].(object)["finalizers"]; !slices.Equal(got.([]any), test.want) {
				t.Errorf("the finalizers are %v, want %v", got, test.want)
			}
		})
	}
}
