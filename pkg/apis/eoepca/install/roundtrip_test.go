package install_test

import (
	"math/rand"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/apitesting/fuzzer"
	"k8s.io/apimachinery/pkg/api/apitesting/roundtrip"
	metafuzzer "k8s.io/apimachinery/pkg/apis/meta/fuzzer"
	"k8s.io/apimachinery/pkg/runtime/schema"
	runtimeserializer "k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/randfill"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
)

// fuzzers fill in what the served version would default, in both versions alike.
func fuzzers(runtimeserializer.CodecFactory) []any {
	return []any{
		func(in *eoepca.Member, c randfill.Continue) {
			c.FillNoCustom(in)
			in.Role = eoepca.MemberRoleAdmin
		},
		func(in *eoepca.CredentialsRollover, c randfill.Continue) {
			c.FillNoCustom(in)
			in.MaxToKeep = 1 + c.Int31n(10)
		},
		func(in *eoepca.Bucket, c randfill.Continue) {
			c.FillNoCustom(in)
			in.Discoverable = ptr.To(c.Bool())
		},
		func(in *eoepca.Session, c randfill.Continue) {
			c.FillNoCustom(in)
			in.State = eoepca.SessionStopped
		},
		func(in *eoepca.Database, c randfill.Continue) {
			c.FillNoCustom(in)
			in.Storage, in.BackupStorage = "3Gi", "4Gi"
		},
		func(in *eoepca.Store, c randfill.Continue) {
			c.FillNoCustom(in)
			in.Storage = "5Gi"
		},
		func(in *eoepca.File, c randfill.Continue) {
			c.FillNoCustom(in)
			in.Path = "data"
		},
	}
}

func TestEveryFieldSurvivesEncodingAndConversion(t *testing.T) {
	funcs := fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, fuzzers)
	filler := fuzzer.FuzzerFor(funcs, rand.NewSource(rand.Int63()), install.Codecs)
	roundtrip.RoundTripTypesWithoutProtobuf(t, install.Scheme, install.Codecs, filler, nil)
}

func TestEveryFieldSurvivesUnstructured(t *testing.T) {
	skipped := sets.New[schema.GroupVersionKind]()
	for gvk := range install.Scheme.AllKnownTypes() {
		if gvk.Group != eoepca.GroupName || !strings.HasPrefix(gvk.Kind, "Workspace") {
			skipped.Insert(gvk)
		}
	}
	funcs := fuzzer.MergeFuzzerFuncs(metafuzzer.Funcs, fuzzers)
	roundtrip.RoundtripToUnstructured(t, install.Scheme, funcs, skipped, nil)
}
