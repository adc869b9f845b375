package apiserver

import (
	"sync"

	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/feature"
)

// progressSupported says that the storage can be asked for its progress. The cacher asks this checker, which answers for
// etcd clients, and there is none: without it every consistent list would go past the cache.
type progressSupported struct {
	feature.FeatureSupportChecker
}

func (c progressSupported) Supports(f storage.Feature) bool {
	return f == storage.RequestWatchProgress || c.FeatureSupportChecker.Supports(f)
}

// announceProgress must have run before the first cacher is made.
var announceProgress = sync.OnceFunc(func() {
	feature.DefaultFeatureSupportChecker = progressSupported{feature.DefaultFeatureSupportChecker}
})
