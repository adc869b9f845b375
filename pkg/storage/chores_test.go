package storage

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/compose"
)

// Every replica looks after every write that is left open, and none asks kube-apiserver about the many that are not.
func TestOnlyWhatIsLeftOpenIsLookedAfter(t *testing.T) {
	intent := &compose.Intent{ID: "an-id"}
	annotation, err := intent.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		bears string
		ended bool
		want  bool
	}{
		"the writer has ended it": {bears: "an-id"},
		"it is open":              {bears: "another", want: true},
		"the watch has ended, and may have missed the news": {bears: "an-id", ended: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := false
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked = true
				http.NotFound(w, nil)
			}))
			defer server.Close()
			clients, err := newPartClients(&rest.Config{Host: server.URL})
			if err != nil {
				t.Fatal(err)
			}
			b := &Backend{clients: clients}
			for kind := range numKinds {
				b.kinds[kind] = newKindWatcher(kind)
				b.kinds[kind].set(true)
			}
			b.labs = b.kinds[datalabKind]
			var parts [numKinds][]part
			for kind, annotations := range []map[string]string{{compose.IntentAnnotation: annotation}, {compose.IntentIDAnnotation: c.bears}} {
				p := newPart(partKind(kind), "ws", 1)
				p.SetAnnotations(annotations)
				parts[kind] = []part{p}
			}
			w := &joinedWatch{backend: b, hasLabs: true, merger: newMerger(1, parts, true)}
			w.ended.Store(c.ended)
			b.setLive(w)
			if err := newChores(b).do(t.Context(), keyOf(parts[storageKind][0])); err != nil {
				t.Fatal(err)
			}
			if asked != c.want {
				t.Errorf("kube-apiserver was asked: %v, want %v", asked, c.want)
			}
		})
	}
}
