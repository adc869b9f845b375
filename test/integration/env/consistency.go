package env

import (
	"time"

	"k8s.io/apiserver/pkg/storage/cacher/consistency"
)

// While tests run, each replica compares what it watches with what the parts say at the same revision every other second, and
// panics when they differ. In production that is done every five minutes, and logged.
func init() {
	consistency.CheckPeriod = time.Second
	consistency.PanicOnCacheInconsistency = true
}
