package storage

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/compose"
)

// After a write of the Datalab the Storage is read again, so that the answer is a cut, unless the answer shows nothing of it.
func TestAnAnswerThatShowsOnlyTheDatalabCostsNoRead(t *testing.T) {
	var requests []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.Method)
		w.Header().Set("Content-Type", "application/json")
		kind, version := "Datalab", 7
		if r.Method == http.MethodGet {
			kind, version = "Storage", 2
		}
		fmt.Fprintf(w, `{"kind":%q,"metadata":{"namespace":"ns","name":"ws","resourceVersion":"%d"}}`, kind, version)
	}))
	defer server.Close()
	clients, err := newPartClients(&rest.Config{Host: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	b := &Backend{clients: clients}
	before := &snapshot{key: types.NamespacedName{Namespace: "ns", Name: "ws"}, hasLabs: true}
	for kind, version := range []uint64{2, 3} {
		part := newPart(partKind(kind), "ws", version)
		before.docs[kind] = &document{part: part, raw: fmt.Appendf(nil, `{"metadata":{"namespace":"ns","name":"ws","resourceVersion":"%d"}}`, version)}
	}
	for _, c := range []struct {
		partly bool
		want   []string
	}{{false, []string{"PATCH", "GET"}}, {true, []string{"PATCH"}}} {
		requests = nil
		ctx := t.Context()
		if c.partly {
			ctx = b.AnswerPartly(ctx)
		}
		change := &change{key: before.key}
		change.edits[datalabKind] = compose.Edits{{Op: compose.OpSet, Path: compose.Path{{Field: "spec"}}, Value: map[string]any{"users": []any{"alice"}}}}
		if err := change.apply(datalabKind, before.docs[datalabKind]); err != nil {
			t.Fatal(err)
		}
		s, err := b.writeOne(ctx, before, change, datalabKind)
		if err != nil || s.docs[datalabKind].rv() != 7 || s.docs[storageKind].rv() != 2 {
			t.Fatalf("answered partly: %v: %+v, %v", c.partly, s, err)
		}
		if !slices.Equal(requests, c.want) {
			t.Errorf("answered partly: %v: %v, want %v", c.partly, requests, c.want)
		}
	}
}
