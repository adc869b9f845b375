package workspace

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// table converts workspaces to what kubectl get prints.
type table struct{}

var _ rest.TableConvertor = table{}

// columns with priority 1 are printed by -o wide only.
var columns = []metav1.TableColumnDefinition{
	{Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"]},
	{Name: "Owner", Type: "string", Description: "The user who owns the workspace."},
	{Name: "Ready", Type: "string", Description: "Whether the parts are ready; Terminating while they are being deleted."},
	{Name: "Sessions", Type: "string", Description: "How many sessions are to be started, of how many that are declared."},
	{Name: "Buckets", Type: "integer", Description: "How many buckets the workspace owns."},
	{Name: "Members", Type: "integer", Description: "How many members the workspace has besides its owner."},
	{Name: "Age", Type: "string", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"]},
	{Name: "Storage", Type: "string", Priority: 1, Description: "Whether the storage is ready."},
	{Name: "Datalab", Type: "string", Priority: 1, Description: "Whether the runtime is ready; empty where there is none."},
	{Name: "Environment", Type: "string", Priority: 1, Description: "The provider environment that serves the workspace."},
}

func (table) ConvertToTable(_ context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	out := &metav1.Table{}
	if opts, ok := options.(*metav1.TableOptions); !ok || !opts.NoHeaders {
		out.ColumnDefinitions = columns
	}
	if list, err := meta.ListAccessor(obj); err == nil {
		out.ResourceVersion = list.GetResourceVersion()
		out.Continue = list.GetContinue()
		out.RemainingItemCount = list.GetRemainingItemCount()
	} else if object, err := meta.CommonAccessor(obj); err == nil {
		out.ResourceVersion = object.GetResourceVersion()
	}
	switch obj := obj.(type) {
	case *eoepca.WorkspaceList:
		out.Rows = make([]metav1.TableRow, 0, len(obj.Items))
		for i := range obj.Items {
			out.Rows = append(out.Rows, row(&obj.Items[i]))
		}
	case *eoepca.Workspace:
		out.Rows = []metav1.TableRow{row(obj)}
	default:
		return nil, fmt.Errorf("cannot print %T as workspaces", obj)
	}
	return out, nil
}

func row(ws *eoepca.Workspace) metav1.TableRow {
	ready := conditionStatus(ws, eoepca.ConditionReady)
	if ws.DeletionTimestamp != nil {
		ready = "Terminating"
	}
	started := 0
	for _, session := range ws.Spec.Sessions {
		if session.State == eoepca.SessionStarted {
			started++
		}
	}
	return metav1.TableRow{
		Object: runtime.RawExtension{Object: ws},
		Cells: []any{
			ws.Name,
			ws.Spec.Owner,
			ready,
			fmt.Sprintf("%d/%d", started, len(ws.Spec.Sessions)),
			int64(len(ws.Spec.Storage.Buckets)),
			int64(len(ws.Spec.Members)),
			age(ws.CreationTimestamp),
			conditionStatus(ws, eoepca.ConditionStorageReady),
			conditionStatus(ws, eoepca.ConditionDatalabReady),
			ws.Spec.Environment,
		},
	}
}

func conditionStatus(ws *eoepca.Workspace, conditionType string) string {
	if condition := meta.FindStatusCondition(ws.Status.Conditions, conditionType); condition != nil {
		return string(condition.Status)
	}
	return ""
}

func age(created metav1.Time) string {
	if created.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(time.Since(created.Time))
}
