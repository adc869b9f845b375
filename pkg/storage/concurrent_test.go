package storage

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	apistorage "k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// Writers of both parts on three replicas, and replicas that end whatever intent they find open, over a kube-apiserver that fails
// now and then before or after it has done what it was asked: what was acknowledged is there in the end, and nothing by halves.
func TestNoWriteIsLostOrHalfHoweverRequestsFail(t *testing.T) {
	const replicas, writers, writes = 3, 4, 12
	for seed := range uint64(3) {
		random, mu := rand.New(rand.NewPCG(seed, 1)), sync.Mutex{}
		api := &fakeAPI{}
		api.put(storageKind, "ws", fakePart(storageKind, "ws", object{"principal": "ws", "buckets": []any{}}, object{}))
		api.put(datalabKind, "ws", fakePart(datalabKind, "ws", object{"users": []any{"owner"}}, object{}))
		api.fault = func(r *http.Request) (before, after bool) {
			mu.Lock()
			defer mu.Unlock()
			fails := random.IntN(8) == 0
			return fails && random.IntN(2) == 0, fails && r.Method != http.MethodGet
		}
		var backends []*Backend
		for range replicas {
			backends = append(backends, api.backend(t))
		}
		key := types.NamespacedName{Namespace: "ns", Name: "ws"}
		acknowledged := make([]int, writers)
		var all, helpers sync.WaitGroup
		done := make(chan struct{})
		for _, b := range backends {
			helpers.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
						endWhatIsOpen(t, b, key)
						readWhole(t, b, writers)
					}
				}
			})
		}
		for w := range writers {
			all.Go(func() {
				for i := range writes {
					if writeBoth(t, backends[(w+i)%replicas], w, i) == nil {
						acknowledged[w] = i
					}
				}
			})
		}
		all.Wait()
		close(done)
		helpers.Wait()
		api.fault = nil
		ws := &eoepca.Workspace{}
		if err := backends[0].Get(t.Context(), "/workspaces/ns/ws", apistorage.GetOptions{}, ws); err != nil {
			t.Fatal(err)
		}
		for w := range writers {
			members, buckets := ofWriter(ws, w)
			if !slices.Equal(members, buckets) || len(members) != 1 || members[0] < acknowledged[w] {
				t.Errorf("seed %d, writer %d: %d was acknowledged last, and there are the members %v and the buckets %v", seed, w, acknowledged[w], members, buckets)
			}
		}
		if slices.Max(acknowledged) == 0 {
			t.Errorf("seed %d: no write was acknowledged", seed)
		}
	}
}

// writeBoth replaces what a writer has in both parts.
func writeBoth(t *testing.T, b *Backend, writer, i int) error {
	return b.GuaranteedUpdate(t.Context(), "/workspaces/ns/ws", &eoepca.Workspace{}, false, nil,
		func(old runtime.Object, _ apistorage.ResponseMeta) (runtime.Object, *uint64, error) {
			ws := old.(*eoepca.Workspace)
			mine := func(name string) bool { return strings.HasPrefix(name, fmt.Sprintf("w%d-", writer)) }
			name := fmt.Sprintf("w%d-%d", writer, i)
			ws.Spec.Members = append(slices.DeleteFunc(ws.Spec.Members, func(m eoepca.Member) bool { return mine(m.Name) }), eoepca.Member{Name: name})
			ws.Spec.Storage.Buckets = append(slices.DeleteFunc(ws.Spec.Storage.Buckets, func(b eoepca.Bucket) bool { return mine(b.Name) }), eoepca.Bucket{Name: name})
			return ws, nil, nil
		}, nil)
}

// ofWriter is what a workspace has of a writer, by number.
func ofWriter(ws *eoepca.Workspace, writer int) (members, buckets []int) {
	number := func(into []int, name string) []int {
		var i int
		if n, _ := fmt.Sscanf(name, fmt.Sprintf("w%d-%%d", writer), &i); n == 1 {
			return append(into, i)
		}
		return into
	}
	for _, m := range ws.Spec.Members {
		members = number(members, m.Name)
	}
	for _, b := range ws.Spec.Storage.Buckets {
		buckets = number(buckets, b.Name)
	}
	return members, buckets
}

// readWhole reads the workspace, if it can, and finds each write in both parts or in none.
func readWhole(t *testing.T, b *Backend, writers int) {
	ws := &eoepca.Workspace{}
	if b.Get(t.Context(), "/workspaces/ns/ws", apistorage.GetOptions{}, ws) != nil {
		return
	}
	for w := range writers {
		if members, buckets := ofWriter(ws, w); !slices.Equal(members, buckets) {
			t.Errorf("version %s has of writer %d the members %v and the buckets %v", ws.ResourceVersion, w, members, buckets)
		}
	}
}

// endWhatIsOpen is a chore that does not wait until the writer had his time.
func endWhatIsOpen(t *testing.T, b *Backend, key types.NamespacedName) {
	s, err := b.readLive(t.Context(), key)
	if err != nil || s == nil {
		return
	}
	if intent := compose.OpenIntent(s.pair().typed(s.hasLabs)); intent != nil {
		_ = b.rollForward(t.Context(), s, intent) // whether it could is not the question
	}
}
