package storage

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/cacher"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// historyWindow is how far back watches can be resumed from memory at least; the cacher wants no less than 75 s.
const historyWindow = 5 * time.Minute

// RESTOptionsGetter gives genericregistry.Store this storage under the stock cacher.
func (b *Backend) RESTOptionsGetter() generic.RESTOptionsGetter { return restOptions{b} }

type restOptions struct{ backend *Backend }

func (o restOptions) GetRESTOptions(resource schema.GroupResource, _ runtime.Object) (generic.RESTOptions, error) {
	config := storagebackend.NewDefaultConfig(resourcePrefix, install.Codecs.LegacyCodec(v1alpha1.SchemeGroupVersion))
	config.EventsHistoryWindow = historyWindow
	return generic.RESTOptions{
		StorageConfig:           config.ForResource(resource),
		Decorator:               o.backend.decorate,
		EnableGarbageCollection: true,
		DeleteCollectionWorkers: 4,
		ResourcePrefix:          resourcePrefix,
	}, nil
}

// decorate puts the stock cacher in front of the storage. It feeds from a source, whose list and watch share a cut.
func (b *Backend) decorate(
	config *storagebackend.ConfigForResource,
	prefix string,
	keyFunc func(runtime.Object) (string, error),
	newFunc, newListFunc func() runtime.Object,
	attrs storage.AttrFunc,
	triggers storage.IndexerFuncs,
	indexers *cache.Indexers,
) (storage.Interface, factory.DestroyFunc, error) {
	c, err := cacher.NewCacherFromConfig(cacher.Config{
		Storage:             &source{Backend: b},
		Versioner:           b.Versioner(),
		GroupResource:       config.GroupResource,
		EventsHistoryWindow: config.EventsHistoryWindow,
		ResourcePrefix:      prefix,
		KeyFunc:             keyFunc,
		NewFunc:             newFunc,
		NewListFunc:         newListFunc,
		GetAttrsFunc:        attrs,
		IndexerFuncs:        triggers,
		Indexers:            indexers,
		Codec:               config.Codec,
	})
	if err != nil {
		return nil, nil, err
	}
	delegator := cacher.NewCacheDelegator(c, b)
	return delegator, sync.OnceFunc(func() {
		delegator.Stop()
		c.Stop()
	}), nil
}
