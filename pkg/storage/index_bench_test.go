package storage

import (
	"fmt"
	"runtime"
	"testing"

	"k8s.io/utils/ptr"

	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// neighbourhood is many Storages as users leave them: each offers a bucket and asks for that of the next, which grants it.
func neighbourhood(n int) (parts [numKinds][]part) {
	name := func(i int) string { return fmt.Sprintf("ws-%05d", (i+n)%n) }
	for i := range n {
		s := newPart(storageKind, name(i), 1).(*storagev1beta1.Storage)
		s.Labels = map[string]string{compose.DiscoverableLabel: "true"}
		s.Spec = storagev1beta1.StorageSpec{
			Principal:            name(i),
			Buckets:              []storagev1beta1.Bucket{{BucketName: name(i), Discoverable: ptr.To(true)}, {BucketName: name(i) + "-scratch"}},
			BucketAccessRequests: []storagev1beta1.BucketAccessRequest{{BucketName: name(i + 1), RequestedAt: "2026-01-10T19:00:00Z"}},
			BucketAccessGrants:   []storagev1beta1.BucketAccessGrant{{BucketName: name(i), Grantee: name(i - 1), Permission: "ReadOnly", GrantedAt: "2026-01-10T19:00:00Z"}},
		}
		parts[storageKind] = append(parts[storageKind], s)
	}
	return parts
}

// What sharing costs beside the read of the workspace and the encoding of the answer, which names all buckets that are
// offered.
func BenchmarkSharing(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := newMerger(1, neighbourhood(n), false)
			ws := m.pairs[keyOf(newPart(storageKind, "ws-00050", 1))].compose(false)
			b.ReportAllocs()
			for b.Loop() {
				if got := compose.Sharing(ws, m.index); len(got.Incoming) != 1 || len(got.Outgoing) != 1 || len(got.Discoverable) != n-2 {
					b.Fatalf("%d, %d, %d", len(got.Incoming), len(got.Outgoing), len(got.Discoverable))
				}
			}
		})
	}
}

// What the index takes of a workspace, in memory and at each of its changes.
func BenchmarkIndex(b *testing.B) {
	const n = 10_000
	parts := neighbourhood(n)
	b.Run("memory", func(b *testing.B) {
		for b.Loop() {
			var pairs []*pair
			for _, p := range parts[storageKind] {
				pairs = append(pairs, &pair{parts: [numKinds]part{p}})
			}
			before := heap()
			x := newIndex()
			for _, p := range pairs {
				x.change(p, nil, p.parts[storageKind])
			}
			b.ReportMetric(float64(heap()-before)/n, "B/workspace")
			runtime.KeepAlive(x)
		}
	})
	b.Run("status", func(b *testing.B) {
		m := newMerger(1, parts, false)
		p := m.pairs[keyOf(newPart(storageKind, "ws-00050", 1))]
		for b.Loop() {
			m.index.change(p, p.parts[storageKind], p.parts[storageKind])
		}
	})
	b.Run("buckets", func(b *testing.B) {
		m := newMerger(1, parts, false)
		p := m.pairs[keyOf(newPart(storageKind, "ws-00050", 1))]
		hidden := *p.parts[storageKind].(*storagev1beta1.Storage)
		hidden.Spec.Buckets = hidden.Spec.Buckets[1:]
		states := [2]*storagev1beta1.Storage{p.parts[storageKind].(*storagev1beta1.Storage), &hidden}
		for i := 0; b.Loop(); i++ {
			p.parts[storageKind] = states[(i+1)%2]
			m.index.change(p, states[i%2], states[(i+1)%2])
		}
	})
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
