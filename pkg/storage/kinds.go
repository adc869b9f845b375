package storage

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/compose"
)

// kindWatcher follows whether the cluster serves a part's kind.
type kindWatcher struct {
	kind partKind

	mu      sync.Mutex
	known   bool
	serves  bool
	changed chan struct{}                    // closed and replaced at each change
	spec    *apiextensionsv1.JSONSchemaProps // of the spec, if the kind says what it holds
}

func newKindWatcher(kind partKind) *kindWatcher {
	return &kindWatcher{kind: kind, changed: make(chan struct{})}
}

// installed says whether the kind is served, and waits until that is known.
func (w *kindWatcher) installed(ctx context.Context) (bool, error) {
	for {
		w.mu.Lock()
		known, serves, changed := w.known, w.serves, w.changed
		w.mu.Unlock()
		if known {
			return serves, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false, ctx.Err()
		}
	}
}

// served says whether the cluster serves Datalabs, and fails where it does not serve Storages: there can be no workspaces.
func (b *Backend) served(ctx context.Context) (hasLabs bool, err error) {
	if storages, err := b.kinds[storageKind].installed(ctx); err != nil || !storages {
		return false, cmp.Or(err, errNoStorages)
	}
	return b.labs.installed(ctx)
}

// errNoStorages says that there can be no workspaces here.
var errNoStorages = errors.New("the cluster does not serve Storages")

// state says whether the kind is served as far as is known.
func (w *kindWatcher) state() (known, serves bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.known, w.serves
}

// changedFrom is closed as soon as the answer of installed is another one.
func (w *kindWatcher) changedFrom(serves bool) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known && w.serves != serves {
		closed := make(chan struct{})
		close(closed)
		return closed
	}
	return w.changed
}

func (w *kindWatcher) set(serves bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known && w.serves == serves {
		return
	}
	w.known, w.serves = true, serves
	close(w.changed)
	w.changed = make(chan struct{})
}

// name is the name of the kind's CustomResourceDefinition.
func (w *kindWatcher) name() string {
	return w.kind.resource() + "." + w.kind.groupVersion().Group
}

// run watches the kind's CustomResourceDefinition.
func (w *kindWatcher) run(ctx context.Context, client apiextensions.Interface) {
	crds := client.ApiextensionsV1().CustomResourceDefinitions()
	only := fields.OneTermEqualSelector(metav1.ObjectNameField, w.name()).String()
	store, controller := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: &cache.ListWatch{
			ListWithContextFunc: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
				o.FieldSelector = only
				return crds.List(ctx, o)
			},
			WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
				o.FieldSelector = only
				return crds.Watch(ctx, o)
			},
		},
		ObjectType: &apiextensionsv1.CustomResourceDefinition{},
		Handler: cache.ResourceEventHandlerFuncs{
			AddFunc:    w.learn,
			UpdateFunc: func(_, obj any) { w.learn(obj) },
			DeleteFunc: func(any) { w.set(false) },
		},
	})
	go func() {
		if cache.WaitForCacheSync(ctx.Done(), controller.HasSynced) && len(store.List()) == 0 {
			w.set(false)
		}
	}()
	controller.RunWithContext(ctx)
}

// learn takes in what a CustomResourceDefinition says of the kind.
func (w *kindWatcher) learn(obj any) {
	version := w.servedBy(obj)
	w.mu.Lock()
	w.spec = specOf(version)
	w.mu.Unlock()
	w.set(version != nil)
}

// servedBy is the version that is served; nil when there is none.
func (w *kindWatcher) servedBy(obj any) *apiextensionsv1.CustomResourceDefinitionVersion {
	crd, ok := obj.(*apiextensionsv1.CustomResourceDefinition)
	if !ok || !crd.DeletionTimestamp.IsZero() || !established(crd) {
		return nil
	}
	for i, version := range crd.Spec.Versions {
		if version.Name == w.kind.groupVersion().Version && version.Served {
			return &crd.Spec.Versions[i]
		}
	}
	return nil
}

func specOf(version *apiextensionsv1.CustomResourceDefinitionVersion) *apiextensionsv1.JSONSchemaProps {
	if version == nil || version.Schema == nil || version.Schema.OpenAPIV3Schema == nil {
		return nil
	}
	if spec, ok := version.Schema.OpenAPIV3Schema.Properties["spec"]; ok {
		return &spec
	}
	return nil
}

// holds says whether the kind keeps a field of the spec. A kind that does not say what it holds keeps everything.
func (w *kindWatcher) holds(field string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.spec == nil || ptr.Deref(w.spec.XPreserveUnknownFields, false) {
		return true
	}
	_, ok := w.spec.Properties[field]
	return ok
}

// DatalabHolds says whether the cluster's Datalabs have room for stores of a type; older ones have not for all.
func (b *Backend) DatalabHolds(storeType string) bool {
	for _, field := range compose.Table {
		if field.Workspace == "spec.stores."+storeType {
			return b.labs.holds(strings.TrimPrefix(field.Part, "spec."))
		}
	}
	return false
}

func established(crd *apiextensionsv1.CustomResourceDefinition) bool {
	for _, condition := range crd.Status.Conditions {
		if condition.Type == apiextensionsv1.Established {
			return condition.Status == apiextensionsv1.ConditionTrue
		}
	}
	return false
}
