package storage

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"testing"

	kjson "sigs.k8s.io/json"

	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// asRead is a Storage as kube-apiserver sends it, of which others than this server have written what shows.
func asRead(t testing.TB, i int) *storagev1beta1.Storage {
	text := fmt.Appendf(nil, `{"apiVersion":"pkg.internal/v1beta1","kind":"Storage","metadata":{"name":"ws-%[1]d","namespace":"ns","uid":"uid-%[1]d",
		"resourceVersion":"%[1]d","managedFields":[
		{"manager":"argocd","operation":"Apply","apiVersion":"pkg.internal/v1beta1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:buckets":{}}}},
		{"manager":"crossplane","operation":"Update","apiVersion":"pkg.internal/v1beta1","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:conditions":{}}},"subresource":"status"}]},
		"spec":{"principal":"ws-%[1]d","buckets":[{"bucketName":"ws-%[1]d"}]},
		"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, i)
	s := &storagev1beta1.Storage{}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(text, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestWhatIsKeptOfAPartTakesNoMoreThanItHasTo(t *testing.T) {
	one, other := asRead(t, 1), asRead(t, 2)
	slim(one)
	slim(other)
	if got := len(one.ManagedFields); got != 1 || one.ManagedFields[0].Manager != "argocd" || cap(one.ManagedFields) != 1 {
		t.Fatalf("managed fields that do not show are kept: %+v", one.ManagedFields)
	}
	if one.ManagedFields[0].FieldsV1 != other.ManagedFields[0].FieldsV1 {
		t.Error("equal sets of fields are kept once for each part")
	}
}

func TestGarbageIsCollectedSoonerOnlyWhileListing(t *testing.T) {
	for _, configured := range []int{100, 10, -1} {
		defer debug.SetGCPercent(debug.SetGCPercent(configured))
		restore := collectSooner()
		meanwhile := debug.SetGCPercent(listingGC)
		debug.SetGCPercent(meanwhile)
		restore()
		if want := min(uint(configured), listingGC); uint(meanwhile) != want {
			t.Errorf("of %d: %d while listing, want %d", configured, meanwhile, want)
		}
		if after := debug.SetGCPercent(configured); after != configured {
			t.Errorf("of %d: %d after listing", configured, after)
		}
	}
}

func TestListsThatOverlapLeaveTheSettingAsItWas(t *testing.T) {
	const configured = 70
	defer debug.SetGCPercent(debug.SetGCPercent(configured))
	one, other := collectSooner(), collectSooner()
	one()
	if meanwhile := debug.SetGCPercent(listingGC); meanwhile != listingGC {
		t.Errorf("%d while the other list is under way, want %d", meanwhile, listingGC)
	}
	other()
	if after := debug.SetGCPercent(configured); after != configured {
		t.Errorf("%d after listing, want %d", after, configured)
	}
}

// What a Storage takes in memory as it is decoded, and as it is kept.
func BenchmarkKeep(b *testing.B) {
	const n = 10_000
	for name, keep := range map[string]func(part){"decoded": func(part) {}, "kept": slim} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				parts := make([]part, n)
				before := heap()
				for i := range parts {
					parts[i] = asRead(b, i)
					keep(parts[i])
				}
				b.ReportMetric(float64(heap()-before)/n, "B/part")
				runtime.KeepAlive(parts)
			}
		})
	}
}
