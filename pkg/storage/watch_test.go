package storage

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/apimachinery/pkg/types"
	apistorage "k8s.io/apiserver/pkg/storage"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/record"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// A write of ours that is under way will prove what a fence would; one that takes long is not waited for.
func TestAFenceIsNotTouchedBesideAWriteThatProvesAsMuch(t *testing.T) {
	clients, err := newPartClients(&rest.Config{Host: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	fence := newFence(clients[datalabKind], "fences")
	w := &joinedWatch{merger: newMerger(1, [numKinds][]part{}, true)}
	w.streams[datalabKind] = newStream(clients[datalabKind], fence, 1, nil)
	w.merger.add(storageKind, partEvent{key: keyOf(newPart(storageKind, "a", 2)), rv: 2, part: newPart(storageKind, "a", 2)})

	clients[datalabKind].writing.Add(1)
	for range maxPatience {
		w.urge()
		if fence.waiting != nil || w.overdue == nil {
			t.Fatal("a fence is touched beside a write of the same kind")
		}
		w.overdue = nil
	}
	w.urge()
	if fence.waiting == nil || w.overdue != nil {
		t.Fatal("a write that takes long keeps the event waiting")
	}

	fence.waiting = nil
	clients[datalabKind].writing.Add(-1)
	w.urge()
	if fence.waiting == nil {
		t.Fatal("nothing is being written, and no fence is touched")
	}
}

// Whether a fence can be touched shows when it is tried. An event whose proof did not come is not left waiting for the next routine
// one, a minute away.
func TestAnEventThatWaitsAsksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clients, err := newPartClients(&rest.Config{Host: "127.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
		fence := newFence(clients[datalabKind], "fences")
		asked := func() bool {
			fence.mu.Lock()
			defer fence.mu.Unlock()
			return fence.waiting != nil
		}
		b := &Backend{labs: newKindWatcher(datalabKind), events: &record.FakeRecorder{}}
		b.labs.set(true)
		w := &joinedWatch{backend: b, hasLabs: true, input: make(chan streamInput), sent: 1, merger: newMerger(1, [numKinds][]part{}, true)}
		w.streams[datalabKind] = newStream(clients[datalabKind], fence, 1, nil)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go w.run(ctx)
		changed := newPart(storageKind, "a", 2)
		w.input <- streamInput{kind: storageKind, event: &partEvent{key: keyOf(changed), rv: 2, part: changed}, proven: 2}
		for wait, failures := patience, 0; failures < 3; wait, failures = urgeAgain, failures+1 {
			time.Sleep(wait)
			synctest.Wait()
			if !asked() {
				t.Fatalf("the event does not ask after the fence has failed %d times", failures)
			}
			fence.answer(0, errFence)
		}
	})
}

func TestOnlyWritesThatHappenCountAsProof(t *testing.T) {
	var client *partClient
	var writing int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writing = client.writing.Load()
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"apiVersion":"pkg.internal/v1beta1","kind":"Storage","metadata":{"name":"a"}}`)
	}))
	defer server.Close()
	clients, err := newPartClients(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	client = clients[storageKind]
	content := newContent(storageKind, types.NamespacedName{Namespace: "n", Name: "a"})
	for name, write := range map[string]func(dryRun bool) (*document, error){
		"create": func(dryRun bool) (*document, error) { return client.create(t.Context(), "n", content, dryRun) },
		"patch": func(dryRun bool) (*document, error) {
			return client.patch(t.Context(), "n", "a", content, content, dryRun)
		},
	} {
		for dryRun, want := range map[bool]int32{false: 1, true: 0} {
			if _, err := write(dryRun); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if writing != want {
				t.Errorf("%s, dry run %t: %d writes under way meanwhile, want %d", name, dryRun, writing, want)
			}
		}
	}
	if left := client.writing.Load(); left != 0 {
		t.Errorf("%d writes under way afterwards, want none", left)
	}
}

// The cacher's lists know no end of their own.
func TestAListEndsWithTheStorage(t *testing.T) {
	b := (&fakeAPI{}).backend(t)
	b.labs = newKindWatcher(datalabKind) // not known yet
	ended := make(chan error)
	go func() {
		ended <- (&source{Backend: b}).GetList(context.Background(), "", apistorage.ListOptions{}, &eoepca.WorkspaceList{})
	}()
	b.cancel()
	if err := <-ended; err == nil {
		t.Error("a list without an answer")
	}
}
