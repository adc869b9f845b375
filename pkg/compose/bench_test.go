package compose

import (
	"testing"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

func BenchmarkWorkspace(b *testing.B) {
	p := parts(b, raw(b, aliceStorage), raw(b, aliceDatalab))
	b.ReportAllocs()
	for b.Loop() {
		Workspace(p)
	}
}

func BenchmarkSplit(b *testing.B) {
	old := Workspace(parts(b, raw(b, aliceStorage), raw(b, aliceDatalab)))
	new := old.DeepCopy()
	new.Spec.Sessions[0].State = "Stopped"
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := Split(old, new); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	storage, datalab := aliceJSON(b, aliceStorage), aliceJSON(b, aliceDatalab)
	b.ReportAllocs()
	for b.Loop() {
		decodeInto[storagev1beta1.Storage](b, storage)
		decodeInto[datalabv1beta2.Datalab](b, datalab)
	}
}
