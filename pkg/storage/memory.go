package storage

import (
	"runtime/debug"
	"sync"
)

// listingGC is how much garbage there may be while everything is listed, in percent of what is kept.
const listingGC = 20

// listings are the lists under way, and what the setting was before the first of them.
var listings struct {
	sync.Mutex
	count  int
	before int
}

// collectSooner has garbage collected sooner until what it answers is called. What is kept of a list lies between the garbage of
// its decoding: the more of that there is at once, the more pages are left half empty, and stay so.
func collectSooner() (restore func()) {
	listings.Lock()
	defer listings.Unlock()
	if listings.count++; listings.count == 1 {
		listings.before = debug.SetGCPercent(listingGC)
		if listings.before >= 0 && listings.before < listingGC {
			debug.SetGCPercent(listings.before)
		}
	}
	return func() {
		listings.Lock()
		defer listings.Unlock()
		if listings.count--; listings.count == 0 {
			debug.SetGCPercent(listings.before)
		}
	}
}
