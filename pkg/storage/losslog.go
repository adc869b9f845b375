package storage

import (
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// lossLog remembers losses for as long as somebody may ask for the past. A Storage as it was then need not bear the mark of a
// loss: that was written later, or never, if the Storage went too. But whoever watched has seen a version that tells of it.
type lossLog struct {
	mu      sync.RWMutex
	entries []loggedLoss // in the order of their revisions
}

type loggedLoss struct {
	loss
	storage types.UID
	noted   time.Time
}

// note remembers a loss, and forgets those whose Storages have long been marked or gone.
func (l *lossLog) note(storage types.UID, lost loss) {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := slices.IndexFunc(l.entries, func(e loggedLoss) bool { return time.Since(e.noted) < historyWindow })
	if recent < 0 {
		recent = len(l.entries)
	}
	l.entries = append(slices.Delete(l.entries, 0, recent), loggedLoss{lost, storage, time.Now()})
}

// until answers the losses up to a revision, by the uid of the Storage.
func (l *lossLog) until(rv uint64) map[types.UID][]loss {
	l.mu.RLock()
	defer l.mu.RUnlock()
	losses := map[types.UID][]loss{}
	for _, e := range l.entries {
		if e.rv <= rv {
			losses[e.storage] = append(losses[e.storage], e.loss)
		}
	}
	return losses
}
