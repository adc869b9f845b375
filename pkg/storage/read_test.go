package storage

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	apistorage "k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// A part may change while the two are read, and what it was before may be compacted already.
func TestAReadDoesNotDependOnHistory(t *testing.T) {
	api := &fakeAPI{}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, nil))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, nil))
	b := api.backend(t)
	reads := 0
	api.meanwhile = func(r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/storages/ws") {
			if reads++; reads == 2 { // both have been read
				api.put(storageKind, "ws", fakePart(storageKind, "ws", object{"principal": "new"}, nil))
				api.compacted = 3
			}
		}
	}
	s, err := b.read(t.Context(), types.NamespacedName{Namespace: "ns", Name: "ws"})
	if err != nil || s.workspace().Spec.Storage.Principal != "new" {
		t.Fatalf("got %+v, %v", s, err)
	}
}

// lostDatalab is a storage whose joined watch has seen that a Datalab vanished, at the revision that it answers. The Storage does not
// say so yet.
func lostDatalab(t *testing.T, api *fakeAPI) (*Backend, uint64) {
	t.Helper()
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, nil))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, nil))
	b := api.backend(t)
	key := types.NamespacedName{Namespace: "ns", Name: "ws"}
	s, err := b.readLive(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	storage, lab := s.docs[storageKind].part, s.docs[datalabKind].part
	lost := uint64(api.put(datalabKind, "ws", nil))
	w := &joinedWatch{backend: b, hasLabs: true, merger: newMerger(2, [numKinds][]part{{storage}, {lab}}, true)}
	w.merger.lost = &b.lost
	w.merger.add(datalabKind, partEvent{key: key, rv: lost, part: lab, deleted: true})
	w.merger.proven(storageKind, lost)
	w.merger.release(func(mergedEvent) {})
	b.setLive(w)
	return b, lost
}

// A Datalab that vanished is marked on the Storage by whoever reads it next. Where that cannot be written, it is read all the same.
func TestAReadTellsOfAVanishedDatalab(t *testing.T) {
	for name, test := range map[string]struct {
		refusal *apierrors.StatusError
		kind    bool
	}{
		"and marks it":             {nil, true},
		"where a policy says no":   {apierrors.NewBadRequest("no"), true},
		"where a webhook is down":  {apierrors.NewInternalError(errors.New("failed calling webhook")), true},
		"where the kind went, too": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			b, lost := lostDatalab(t, &fakeAPI{refusal: test.refusal})
			b.labs.set(test.kind)
			now := &eoepca.Workspace{}
			if err := b.Get(t.Context(), "/workspaces/ns/ws", apistorage.GetOptions{}, now); err != nil {
				t.Fatal(err)
			}
			if rv := revisionOf(now); rv < lost {
				t.Errorf("version %d, and the Datalab went at %d", rv, lost)
			}
		})
	}
}

// What is read of a revision, of one workspace or of all, tells of what had vanished by then and of nothing later.
func TestAListOfThePastTellsOfAVanishedDatalab(t *testing.T) {
	b, lost := lostDatalab(t, &fakeAPI{})
	for key, recursive := range map[string]bool{"/workspaces/ns/ws": false, "/workspaces/ns": true} {
		for at, want := range map[uint64]uint64{lost: lost, lost - 1: lost - 1} {
			list := &eoepca.WorkspaceList{}
			opts := apistorage.ListOptions{
				Recursive: recursive, Predicate: apistorage.Everything,
				ResourceVersion: formatRevision(at), ResourceVersionMatch: metav1.ResourceVersionMatchExact,
			}
			if err := b.GetList(t.Context(), key, opts, list); err != nil || len(list.Items) != 1 {
				t.Fatalf("%s at %d: %d items, error: %v", key, at, len(list.Items), err)
			}
			if rv := revisionOf(&list.Items[0]); rv != want {
				t.Errorf("%s at %d: version %d, want %d", key, at, rv, want)
			}
		}
	}
}

// A Storage that is still there although it is being deleted is marked like any other.
func TestADyingStorageIsMarked(t *testing.T) {
	api := &fakeAPI{}
	b, _ := lostDatalab(t, api)
	dying := fakePart(storageKind, "ws", object{}, nil)
	dying["metadata"].(object)["deletionTimestamp"] = "2026-01-01T00:00:00Z"
	api.put(storageKind, "ws", dying)
	if err := b.chores.do(t.Context(), types.NamespacedName{Namespace: "ns", Name: "ws"}); err != nil {
		t.Fatal(err)
	}
	annotations, _ := api.now(storageKind, "ws")["metadata"].(object)["annotations"].(object)
	if annotations[compose.AbsenceAnnotation] == nil {
		t.Errorf("the annotations are %v, want a mark", annotations)
	}
}

func TestTheListOfANewWatchTellsOfAVanishedDatalab(t *testing.T) {
	b, lost := lostDatalab(t, &fakeAPI{})
	s, list := &source{Backend: b}, &eoepca.WorkspaceList{}
	if err := s.GetList(t.Context(), "", apistorage.ListOptions{}, list); err != nil {
		t.Fatal(err)
	}
	if rv := revisionOf(&list.Items[0]); rv < lost {
		t.Errorf("version %d, and the Datalab went at %d", rv, lost)
	}
	if p := s.cut.merger.pairs[types.NamespacedName{Namespace: "ns", Name: "ws"}]; len(p.losses) != 1 {
		t.Errorf("the watch begins with the losses %v, want the one that is not marked yet", p.losses)
	}
}

// What counts is how old the answer is, and not when the workspace was written last.
func TestAGetAtAVersionIsAnsweredFromAnyLaterState(t *testing.T) {
	api := &fakeAPI{}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, nil))
	api.put(storageKind, "another", fakePart(storageKind, "another", object{}, nil))
	b := api.backend(t)
	for version, check := range map[string]func(error) bool{
		"":  func(err error) bool { return err == nil },
		"0": func(err error) bool { return err == nil },
		"2": func(err error) bool { return err == nil },
		"9": apistorage.IsTooLargeResourceVersion,
		"x": apierrors.IsBadRequest,
	} {
		ws := &eoepca.Workspace{}
		if err := b.Get(t.Context(), "/workspaces/ns/ws", apistorage.GetOptions{ResourceVersion: version}, ws); !check(err) {
			t.Errorf("at version %q: %v", version, err)
		}
	}
}

func TestARequestReadsAheadOnce(t *testing.T) {
	api := &fakeAPI{}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, nil))
	api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, nil))
	b := api.backend(t)
	ctx := WithReadAhead(t.Context())
	room := ctx.Value(readAheadKey{}).(*readAhead)
	b.ReadAhead(ctx, "ns", "ws")
	first := room.read
	b.ReadAhead(ctx, "ns", "ws")
	if first == nil || room.read != first {
		t.Fatal("reads ahead twice")
	}
	if _, err := b.readOnce(ctx, first.key); err != nil {
		t.Fatal(err)
	}
	b.ReadAhead(ctx, "ns", "ws") // as for a change that may be a creation, which is authorized as well
	if room.read != nil {
		t.Error("reads ahead what has been read")
	}
	api.put(storageKind, "ws", fakePart(storageKind, "ws", object{"principal": "new"}, nil))
	s, err := b.readOnce(ctx, first.key)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.workspace().Spec.Storage.Principal; got != "new" {
		t.Errorf("the second read finds %q, want what has changed since the first", got)
	}
}
