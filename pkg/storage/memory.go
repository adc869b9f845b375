package storage

import "runtime/debug"

// listingGC is how much garbage there may be while everything is listed, in percent of what is kept.
const listingGC = 20

// collectSooner has garbage collected sooner until what it answers is called. What is kept of a list lies between the garbage of
// its decoding: the more of that there is at once, the more pages are left half empty, and stay so.
func collectSooner() (restore func()) {
	before := debug.SetGCPercent(listingGC)
	if before >= 0 && before < listingGC {
		debug.SetGCPercent(before)
	}
	return func() { debug.SetGCPercent(before) }
}
