package workspace

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestTable(t *testing.T) {
	ws := named("ws-alice")
	ws.CreationTimestamp = metav1.NewTime(time.Now().Add(-3 * time.Hour))
	ws.Spec = eoepca.WorkspaceSpec{
		Environment: "datalab",
		Owner:       "alice",
		Members:     []eoepca.Member{{Name: "bob"}},
		Storage:     eoepca.StorageSpec{Buckets: []eoepca.Bucket{{Name: "ws-alice"}, {Name: "ws-alice-b"}}},
		Sessions:    []eoepca.Session{{Name: "default", State: eoepca.SessionStarted}, {Name: "gpu", State: eoepca.SessionStopped}},
	}
	ws.Status.Conditions = []metav1.Condition{
		{Type: eoepca.ConditionReady, Status: metav1.ConditionFalse},
		{Type: eoepca.ConditionStorageReady, Status: metav1.ConditionTrue},
		{Type: eoepca.ConditionDatalabReady, Status: metav1.ConditionFalse},
	}
	going := ws.DeepCopy()
	going.Name, going.DeletionTimestamp = "ws-going", &someTime
	bare := named("ws-bare")

	list := &eoepca.WorkspaceList{ListMeta: metav1.ListMeta{ResourceVersion: "42"}, Items: []eoepca.Workspace{*ws, *going, *bare}}
	got, err := table{}.ConvertToTable(context.Background(), list, &metav1.TableOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := [][]any{
		{"ws-alice", "alice", "False", "1/2", int64(2), int64(1), "3h", "True", "False", "datalab"},
		{"ws-going", "alice", "Terminating", "1/2", int64(2), int64(1), "3h", "True", "False", "datalab"},
		{"ws-bare", "", "", "0/0", int64(0), int64(0), "<unknown>", "", "", ""},
	}
	for i, row := range got.Rows {
		if diff := cmp.Diff(want[i], row.Cells); diff != "" {
			t.Errorf("row %d: %s", i, diff)
		}
		if len(row.Cells) != len(got.ColumnDefinitions) {
			t.Errorf("row %d has %d cells for %d columns", i, len(row.Cells), len(got.ColumnDefinitions))
		}
	}
	if len(got.Rows) != len(want) || got.ResourceVersion != "42" {
		t.Errorf("%d rows at version %q", len(got.Rows), got.ResourceVersion)
	}
	single, err := table{}.ConvertToTable(context.Background(), ws, &metav1.TableOptions{NoHeaders: true})
	if err != nil || len(single.Rows) != 1 || len(single.ColumnDefinitions) != 0 {
		t.Errorf("a single workspace without headers: %+v, %v", single, err)
	}
}
