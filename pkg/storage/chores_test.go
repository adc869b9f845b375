package storage

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
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
			var asked atomic.Bool // both parts are asked for at once
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				asked.Store(true)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusNotFound)
				_, _ = w.Write([]byte(`{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"NotFound","code":404}`))
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
			if asked.Load() != c.want {
				t.Errorf("kube-apiserver was asked: %v, want %v", asked.Load(), c.want)
			}
		})
	}
}

// A Storage that stays for long after its Datalab is marked also while it is being deleted; most are gone before that.
func TestWhatIsToBeDoneAboutALoss(t *testing.T) {
	deleting := metav1.Now()
	for name, c := range map[string]struct {
		change func(*storagev1beta1.Storage)
		wait   time.Duration
	}{
		"the Storage lives":   {func(*storagev1beta1.Storage) {}, lostFor},
		"it is being deleted": {func(s *storagev1beta1.Storage) { s.DeletionTimestamp = &deleting }, lostLastFor},
		"it is held for its Datalab's sake": {func(s *storagev1beta1.Storage) {
			s.DeletionTimestamp, s.Finalizers = &deleting, []string{compose.DatalabFinalizer}
		}, 0},
	} {
		storage := newPart(storageKind, "ws", 1).(*storagev1beta1.Storage)
		c.change(storage)
		p := pair{parts: [numKinds]part{storage}}
		p.lose(newLoss(newPart(datalabKind, "ws", 2).(*datalabv1beta2.Datalab), 3))
		if wait, due := p.chore(); !due || wait != c.wait {
			t.Errorf("%s: due %v after %v, want after %v", name, due, wait, c.wait)
		}
	}
}
