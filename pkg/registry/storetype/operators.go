package storetype

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"
)

var definitions = apiextensionsv1.SchemeGroupVersion.WithResource("customresourcedefinitions")

// Operators follows whether the operators' custom resource definitions are there. Each is watched by its name and by its
// metadata alone: they are large, clusters have thousands of others, and the server needs no permission for those.
type Operators struct {
	watched map[string]*definition
}

// NewOperators follows nothing until Run runs.
func NewOperators(client metadata.Interface) *Operators {
	o := &Operators{watched: map[string]*definition{}}
	for _, each := range catalogue {
		o.watched[each.operator] = newDefinition(client, each.operator)
	}
	return o
}

// Run follows the definitions until the context ends.
func (o *Operators) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, d := range o.watched {
		running.Go(func() { d.informer.RunWithContext(ctx) })
	}
	running.Wait()
}

// Ready answers nil once it is known of each operator whether it is there, or that this cannot be known.
func (o *Operators) Ready() error {
	for name, d := range o.watched {
		if known, err := d.known(); !known && err == nil {
			return fmt.Errorf("whether %s is installed is not known yet", name)
		}
	}
	return nil
}

// version is the newest revision of the cluster that is known of. It grows with each change of a definition, and is never
// empty: tools that list take an empty version for a failure.
func (o *Operators) version() string {
	newest := uint64(1)
	for _, d := range o.watched {
		if at, err := strconv.ParseUint(d.informer.LastSyncResourceVersion(), 10, 64); err == nil {
			newest = max(newest, at)
		}
	}
	return strconv.FormatUint(newest, 10)
}

// definition is one operator's.
type definition struct {
	name     string
	informer cache.SharedIndexInformer

	mu      sync.Mutex
	failure error  // the last, if the definition may not be seen
	at      string // how far it had been followed by then
}

func newDefinition(client metadata.Interface, name string) *definition {
	only := fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()
	d := &definition{name: name}
	d.informer = metadatainformer.NewFilteredMetadataInformer(client, definitions, metav1.NamespaceNone, 0, nil,
		func(o *metav1.ListOptions) { o.FieldSelector = only }).Informer()
	// Both fail only once the informer has been started.
	_ = d.informer.SetWatchErrorHandlerWithContext(d.fail)
	_ = d.informer.SetTransform(strip)
	return d
}

// fail notes that the definition may not be seen. Other failures pass by themselves, and what was known holds until then.
func (d *definition) fail(ctx context.Context, r *cache.Reflector, err error) {
	if !apierrors.IsForbidden(err) {
		cache.DefaultWatchErrorHandler(ctx, r, err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failure, d.at = err, d.informer.LastSyncResourceVersion()
}

// known says whether the informer tells the truth, and if it never will, why.
func (d *definition) known() (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failure != nil && d.at == d.informer.LastSyncResourceVersion() {
		return false, d.failure
	}
	return d.informer.HasSynced(), nil
}

// installed is since when the definition is there; zero when it is not. One that is being removed serves nothing new.
func (d *definition) installed() (since metav1.Time, leaving bool) {
	obj, found, err := d.informer.GetStore().GetByKey(d.name)
	if err != nil || !found {
		return metav1.Time{}, false
	}
	crd := obj.(*metav1.PartialObjectMetadata)
	return metav1.Time{Time: crd.CreationTimestamp.Truncate(time.Second)}, crd.DeletionTimestamp != nil
}

// strip keeps what is asked for: an operator's definition is often applied by kubectl, which notes it whole in an annotation.
func strip(obj any) (any, error) {
	if crd, ok := obj.(*metav1.PartialObjectMetadata); ok {
		crd.Annotations, crd.Labels, crd.ManagedFields = nil, nil, nil
	}
	return obj, nil
}
