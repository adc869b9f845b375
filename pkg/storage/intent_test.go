package storage

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// membersIntent changes the members of a workspace, and something of its Storage.
func membersIntent(t *testing.T, id string, members ...any) (*compose.Intent, string) {
	t.Helper()
	intent := &compose.Intent{ID: id, Datalab: compose.Edits{{Op: compose.OpSet, Path: compose.Path{{Field: "spec"}, {Field: "users"}}, Value: members}}}
	text, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return intent, text
}

// openIntent is a workspace as a writer leaves it between its two writes.
func openIntent(t *testing.T) (*fakeAPI, *Backend, *snapshot, *compose.Intent) {
	t.Helper()
	api := &fakeAPI{}
	intent, text := membersIntent(t, "mine", "mine")
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, object{compose.IntentAnnotation: text}))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, object{}))
	b := api.backend(t)
	s, err := b.readLive(t.Context(), types.NamespacedName{Namespace: "ns", Name: "ws"})
	if err != nil {
		t.Fatal(err)
	}
	return api, b, s, intent
}

// A writer or a replica that ends an intent late, after another has ended it and others have written since, writes nothing.
func TestAnIntentThatIsEndedIsNotTakenOverAgain(t *testing.T) {
	key := types.NamespacedName{Namespace: "ns", Name: "ws"}
	for name, end := range map[string]func(b *Backend, s *snapshot, intent *compose.Intent) error{
		"by its writer": func(b *Backend, s *snapshot, intent *compose.Intent) error {
			_, _, err := b.settle(t.Context(), s, intent)
			if err == nil {
				t.Error("the writer is told that all is as he left it")
			}
			return nil
		},
		"by a replica": func(b *Backend, s *snapshot, intent *compose.Intent) error {
			return b.rollForward(t.Context(), s, intent)
		},
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakeAPI{}
			old, oldText := membersIntent(t, "old", "old")
			_, newText := membersIntent(t, "new", "new")
			api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, object{compose.IntentAnnotation: oldText}))
			api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, object{}))
			b := api.backend(t)
			s, err := b.readLive(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			// Others end it, and write both parts again.
			api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"users": []any{"old"}}, object{compose.IntentIDAnnotation: "old"}))
			api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, object{compose.IntentAnnotation: newText}))
			api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"users": []any{"new"}}, object{compose.IntentIDAnnotation: "new"}))
			if err := end(b, s, old); err != nil {
				t.Error(err)
			}
			if users := api.now(datalabKind, "ws")["spec"].(object)["users"]; !slices.Equal(users.([]any), []any{"new"}) {
				t.Errorf("the members are %v, want those that were written last", users)
			}
		})
	}
}

// While the intent is open, it comes on top of what others change of the Datalab.
func TestAnOpenIntentIsTakenOverByWhatTheDatalabHasBecome(t *testing.T) {
	api, b, s, intent := openIntent(t)
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"sessions": []any{"theirs"}}, object{}))
	if _, first, err := b.settle(t.Context(), s, intent); err != nil || !first {
		t.Fatalf("first: %t, error: %v", first, err)
	}
	spec := api.now(datalabKind, "ws")["spec"].(object)
	if !slices.Equal(spec["users"].([]any), []any{"mine"}) || !slices.Equal(spec["sessions"].([]any), []any{"theirs"}) {
		t.Errorf("the Datalab says %v", spec)
	}
}

// Whoever deletes the workspace between the two writes is not told by a half of it.
func TestAnIntentWhoseStorageIsGoneIsGivenUp(t *testing.T) {
	api, b, s, intent := openIntent(t)
	api.put(storageKind, "ws", nil)
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"sessions": []any{"theirs"}}, object{}))
	if _, _, err := b.settle(t.Context(), s, intent); !errors.Is(err, errMoved) {
		t.Errorf("error %v, want %v", err, errMoved)
	}
	if slices.Contains(api.requests[len(api.requests)-1:], http.MethodPatch+" ws") {
		t.Errorf("something was written in the end: %v", api.requests)
	}
}

// Whoever is refused because another has just ended the same intent undoes nothing. A quota with one place left does so.
func TestARefusalOfTheSecondIsNoRefusal(t *testing.T) {
	api := &fakeAPI{}
	intent, _ := membersIntent(t, "mine", "mine")
	intent.CreatesDatalab, intent.CreatedStorage = true, true
	text, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, object{compose.IntentAnnotation: text}))
	b := api.backend(t)
	s, err := b.readLive(t.Context(), types.NamespacedName{Namespace: "ns", Name: "ws"})
	if err != nil {
		t.Fatal(err)
	}
	api.meanwhile = func(r *http.Request) {
		if r.Method == http.MethodPost {
			api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"users": []any{"mine"}}, object{compose.IntentIDAnnotation: "mine"}))
			api.refusal = apierrors.NewForbidden(schema.GroupResource{Resource: "datalabs"}, "ws", errors.New("exceeded quota"))
		}
	}
	if _, first, err := b.settle(t.Context(), s, intent); err != nil || first {
		t.Errorf("first: %t, error: %v", first, err)
	}
	if slices.Contains(api.requests, http.MethodDelete+" ws") {
		t.Error("the Storage is deleted")
	}
}

// A write has to wait until an earlier one is finished. When that takes too long, its client learns why.
func TestAWriteThatWaitedInVainSaysForWhat(t *testing.T) {
	api := &fakeAPI{refusal: apierrors.NewInternalError(errors.New("failed calling webhook"))}
	_, text := membersIntent(t, "mine", "mine")
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, object{compose.IntentAnnotation: text}))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, object{}))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	tries := 0
	api.meanwhile = func(r *http.Request) {
		if r.Method == http.MethodPatch {
			if tries++; tries == 2 {
				cancel()
			}
		}
	}
	update := func(runtime.Object, storage.ResponseMeta) (runtime.Object, *uint64, error) {
		t.Error("a write begins before the earlier one is finished")
		return nil, nil, nil
	}
	err := api.backend(t).GuaranteedUpdate(ctx, "/workspaces/ns/ws", &eoepca.Workspace{}, false, nil, update, nil)
	if !apierrors.IsTimeout(err) || !strings.Contains(err.Error(), "failed calling webhook") {
		t.Errorf("got %v", err)
	}
}
