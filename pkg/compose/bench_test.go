package compose

import (
	"fmt"
	"slices"
	"testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
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

// BenchmarkLongLists splits and makes changes of every item of a list: with ten times as many items it may take ten times as
// long, and not a hundred times.
func BenchmarkLongLists(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		for name, change := range longChanges {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				old := long(n)
				new := old.DeepCopy()
				change(&new.Spec)
				storage, datalab := map[string]any{}, map[string]any{}
				transform(b, nil, old, storage, datalab)
				b.ReportAllocs()
				for b.Loop() {
					ofStorage, ofDatalab, err := Split(old, new)
					if err != nil {
						b.Fatal(err)
					}
					ofStorage.Invert(storage)
					ofDatalab.Invert(datalab)
				}
			})
		}
	}
}

// long is a workspace with n items in each list.
func long(n int) *eoepca.Workspace {
	ws := &eoepca.Workspace{}
	ws.Name = "ws"
	spec := &ws.Spec
	spec.Owner = "owner"
	spec.Storage.Buckets = []eoepca.Bucket{{Name: "ws"}}
	for i := range n {
		name := fmt.Sprintf("n%d", i)
		spec.Members = append(spec.Members, eoepca.Member{Name: name, Role: eoepca.MemberRoleUser})
		spec.Storage.AccessRequests = append(spec.Storage.AccessRequests, eoepca.AccessRequest{Bucket: name, Reason: "why"})
		spec.Storage.AccessGrants = append(spec.Storage.AccessGrants, eoepca.AccessGrant{Bucket: "ws", Grantee: name, Permission: "None"})
		rules := &spec.Storage.Buckets[0].LifecycleRules
		*rules = append(*rules, eoepca.LifecycleRule{Target: name, Mode: "Delete", MinAge: "1d"})
		spec.Runtime.Files = append(spec.Runtime.Files, eoepca.File{Path: name})
	}
	return ws
}

var longChanges = map[string]func(*eoepca.WorkspaceSpec){
	"remove": func(s *eoepca.WorkspaceSpec) {
		s.Members, s.Storage.AccessRequests, s.Storage.AccessGrants, s.Runtime.Files = nil, nil, nil, nil
		s.Storage.Buckets[0].LifecycleRules = nil
	},
	"change": func(s *eoepca.WorkspaceSpec) {
		for i := range s.Members {
			s.Members[i].Role = eoepca.MemberRoleAdmin
			s.Storage.AccessRequests[i].Reason = ""
			s.Storage.AccessGrants[i].Permission = "ReadOnly"
			s.Storage.Buckets[0].LifecycleRules[i].MinAge = "2d"
			s.Runtime.Files[i].NewRootPath = "new"
		}
	},
	"reverse": func(s *eoepca.WorkspaceSpec) {
		slices.Reverse(s.Members)
		slices.Reverse(s.Storage.AccessRequests)
		slices.Reverse(s.Storage.AccessGrants)
		slices.Reverse(s.Storage.Buckets[0].LifecycleRules)
		slices.Reverse(s.Runtime.Files)
	},
}

func BenchmarkDecode(b *testing.B) {
	storage, datalab := aliceJSON(b, aliceStorage), aliceJSON(b, aliceDatalab)
	b.ReportAllocs()
	for b.Loop() {
		decodeInto[storagev1beta1.Storage](b, storage)
		decodeInto[datalabv1beta2.Datalab](b, datalab)
	}
}
