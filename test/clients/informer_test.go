package clients

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/features"
	featuretesting "k8s.io/client-go/features/testing"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/pkg/generated/informers/externalversions"
	"github.com/eoepca/workspaces/test/integration/env"
)

var workspaces = v1alpha1.SchemeGroupVersion.WithResource("workspaces")

// informed is an informer, and what its handlers were told of each object by its uid.
type informed struct {
	name string
	cache.SharedIndexInformer

	mu      sync.Mutex
	told    map[types.UID][]string // names of events, with versions
	resyncs int
}

func (i *informed) tell(event string, o any) {
	if last, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = last.Obj
	}
	m, err := meta.Accessor(o)
	if err != nil {
		panic(err) // a test's informer has objects only
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.told[m.GetUID()] = append(i.told[m.GetUID()], event)
}

func (i *informed) handlers() cache.ResourceEventHandler {
	return cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { i.tell("added", o) },
		UpdateFunc: func(before, after any) {
			if versionOf(before) == versionOf(after) {
				i.mu.Lock()
				defer i.mu.Unlock()
				i.resyncs++
				return
			}
			i.tell("updated", after)
		},
		DeleteFunc: func(o any) { i.tell("deleted", o) },
	}
}

func versionOf(o any) string {
	m, err := meta.Accessor(o)
	if err != nil {
		return err.Error()
	}
	return m.GetResourceVersion()
}

// consistent answers nil when each object was added once, and was deleted once and last unless it is there.
func (i *informed) consistent(there map[types.UID]bool) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for uid, events := range i.told {
		text := strings.Join(events, " ")
		switch {
		case events[0] != "added" || strings.Count(text, "added") != 1:
			return fmt.Errorf("%s: an object was told as %s", i.name, text)
		case there[uid] && strings.Contains(text, "deleted"):
			return fmt.Errorf("%s: what is there was told as %s", i.name, text)
		case !there[uid] && (strings.Count(text, "deleted") != 1 || events[len(events)-1] != "deleted"):
			return fmt.Errorf("%s: what is gone was told as %s", i.name, text)
		}
	}
	return nil
}

// agrees answers nil when the informer's store is what a list has, in the same versions.
func (i *informed) agrees(list *v1alpha1.WorkspaceList) error {
	want, have := map[string]string{}, map[string]string{}
	for _, ws := range list.Items {
		want[ws.Namespace+"/"+ws.Name] = ws.ResourceVersion
	}
	for _, o := range i.GetStore().List() {
		key, err := cache.MetaNamespaceKeyFunc(o)
		if err != nil {
			return err
		}
		have[key] = versionOf(o)
	}
	if diff := cmp.Diff(want, have); diff != "" {
		return fmt.Errorf("%s has something else than the list (-list +informer):\n%s", i.name, diff)
	}
	return nil
}

const resyncPeriod = time.Second

// informers are those that people use: typed, dynamic and of metadata.
func informers(t *testing.T, config *rest.Config, namespace string) []*informed {
	t.Helper()
	typed, err1 := versioned.NewForConfig(config)
	anyKind, err2 := dynamic.NewForConfig(config)
	partial, err3 := metadata.NewForConfig(config)
	for _, err := range []error{err1, err2, err3} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all := []*informed{
		{name: "typed", SharedIndexInformer: externalversions.NewSharedInformerFactoryWithOptions(typed, resyncPeriod, externalversions.WithNamespace(namespace)).
			Eoepca().V1alpha1().Workspaces().Informer()},
		{name: "dynamic", SharedIndexInformer: dynamicinformer.NewFilteredDynamicSharedInformerFactory(anyKind, resyncPeriod, namespace, nil).
			ForResource(workspaces).Informer()},
		{name: "metadata", SharedIndexInformer: metadatainformer.NewFilteredSharedInformerFactory(partial, resyncPeriod, namespace, nil).
			ForResource(workspaces).Informer()},
	}
	for _, i := range all {
		i.told = map[types.UID][]string{}
		if _, err := i.AddEventHandler(i.handlers()); err != nil {
			t.Fatal(err)
		}
		var running sync.WaitGroup
		running.Go(func() { i.RunWithContext(t.Context()) })
		t.Cleanup(running.Wait)
	}
	for _, i := range all {
		if !cache.WaitForCacheSync(t.Context().Done(), i.HasSynced) {
			t.Fatalf("the %s informer does not begin", i.name)
		}
	}
	return all
}

// Informers of each kind, by WatchList and by lists, have what there is, and tell of each change once: also of what comes
// and goes while the server is away.
//
// Not parallel: the server is restarted, and whether clients use WatchList is one switch for all.
func TestInformers(t *testing.T) {
	for _, watchList := range []bool{true, false} {
		t.Run(fmt.Sprintf("WatchList=%t", watchList), func(t *testing.T) {
			p := newPlace(t)
			client, err := versioned.NewForConfig(p.config(t))
			if err != nil {
				t.Fatal(err)
			}
			w := writer{t, client, p.namespace}
			w.create("a", "b", "c")

			var watchLists atomic.Int32
			config := p.config(t)
			config.Wrap(countWatchLists(&watchLists))
			featuretesting.SetFeatureDuringTest(t, features.WatchListClient, watchList)
			all := informers(t, config, p.namespace)
			if used := watchLists.Load() > 0; used != watchList {
				t.Errorf("informers use WatchList: %t", used)
			}
			w.settle(all)
			w.create("d")
			w.change("a")
			w.delete("b")
			w.settle(all)

			w.restartWhile(func() {
				// Past the server: it is away, and its parts live on.
				w.deletePart("c")
				w.createPart("e")
			})
			w.change("a")
			w.create("b") // another one under a name that was there
			w.settle(all)
			env.Eventually(t, "each is told again of what it has", func() error {
				for _, i := range all {
					i.mu.Lock()
					resyncs := i.resyncs
					i.mu.Unlock()
					if resyncs == 0 {
						return fmt.Errorf("the %s informer has not resynced", i.name)
					}
				}
				return nil
			})
			w.delete("a", "b", "d", "e")
			w.settle(all)
		})
	}
}

// countWatchLists counts the requests that ask for a list as a stream.
func countWatchLists(count *atomic.Int32) func(http.RoundTripper) http.RoundTripper {
	return func(next http.RoundTripper) http.RoundTripper {
		return roundTripper(func(req *http.Request) (*http.Response, error) {
			if req.URL.Query().Get("sendInitialEvents") == "true" {
				count.Add(1)
			}
			return next.RoundTrip(req)
		})
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
