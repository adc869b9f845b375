package workspace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestFinalizersThatOthersMightUseTooAreWarnedOf(t *testing.T) {
	ws, old := named("ws-alice"), named("ws-alice")
	old.Finalizers = []string{"known"}
	ws.Finalizers = []string{"orphan", "hold", "known", "example.org", "example.org/fine"}
	var about []string
	for _, warning := range warnings(ws, old) {
		about = append(about, strings.SplitN(warning, `"`, 3)[1])
	}
	if diff := cmp.Diff([]string{"example.org", "hold"}, about); diff != "" {
		t.Error(diff)
	}
}

func TestGrantsWithoutADiscoverableBucketAreWarnedOf(t *testing.T) {
	grant := []eoepca.AccessGrant{{Bucket: "ws-alice", Grantee: "ws-eric", Permission: eoepca.PermissionReadOnly}}
	for name, test := range map[string]struct {
		storage eoepca.StorageSpec
		warned  bool
	}{
		"no grants":                   {eoepca.StorageSpec{Buckets: []eoepca.Bucket{{Name: "ws-alice"}}}, false},
		"grant, bucket hidden":        {eoepca.StorageSpec{Buckets: []eoepca.Bucket{{Name: "ws-alice"}}, AccessGrants: grant}, true},
		"grant, bucket discoverable":  {eoepca.StorageSpec{Buckets: []eoepca.Bucket{discoverable("ws-alice")}, AccessGrants: grant}, false},
		"grant, one is discoverable":  {eoepca.StorageSpec{Buckets: []eoepca.Bucket{{Name: "ws-alice"}, discoverable("b")}, AccessGrants: grant}, false},
		"grant, workspace no buckets": {eoepca.StorageSpec{AccessGrants: grant}, true},
	} {
		ws := named("ws-alice")
		ws.Spec.Storage = test.storage
		if got := len(warnings(ws, &eoepca.Workspace{})) > 0; got != test.warned {
			t.Errorf("%s: warned %v, want %v", name, got, test.warned)
		}
	}
}
