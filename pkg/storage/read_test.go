package storage

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	apistorage "k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
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

// A Datalab that vanished is marked on the Storage by whoever reads it next. Where that cannot be written, it is read all the same.
func TestAReadDoesNotDependOnWrites(t *testing.T) {
	for name, refusal := range map[string]*apierrors.StatusError{
		"may write": nil,
		"refused":   apierrors.NewBadRequest("a policy says no"),
		"down":      apierrors.NewInternalError(errors.New("failed calling webhook")),
	} {
		t.Run(name, func(t *testing.T) {
			api := &fakeAPI{refusal: refusal}
			api.put(storageKind, "ws", fakePart(storageKind, "ws", object{}, nil))
			api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{}, nil))
			b := api.backend(t)
			key := types.NamespacedName{Namespace: "ns", Name: "ws"}
			s, err := b.readLive(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			lab := s.docs[datalabKind].part
			lost := api.put(datalabKind, "ws", nil)
			w := &joinedWatch{backend: b, hasLabs: true, merger: newMerger(2, [numKinds][]part{{s.docs[storageKind].part}, {lab}}, true)}
			w.merger.add(datalabKind, partEvent{key: key, rv: uint64(lost), part: lab, deleted: true})
			w.merger.proven(storageKind, uint64(lost))
			w.merger.release(func(mergedEvent) {})
			b.setLive(w)
			now := &eoepca.Workspace{}
			if err := b.Get(t.Context(), "/workspaces/ns/ws", apistorage.GetOptions{}, now); err != nil {
				t.Fatal(err)
			}
			if rv := revisionOf(now); rv < uint64(lost) {
				t.Errorf("version %d, and the Datalab went at %d", rv, lost)
			}
		})
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
