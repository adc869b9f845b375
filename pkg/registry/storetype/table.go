package storetype

import (
	"context"
	"fmt"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/duration"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// table converts store types to what kubectl get prints.
type table struct{}

var _ rest.TableConvertor = table{}

// columns with priority 1 are printed by -o wide only.
var columns = []metav1.TableColumnDefinition{
	{Name: "Name", Type: "string", Format: "name", Description: metav1.ObjectMeta{}.SwaggerDoc()["name"]},
	{Name: "Engine", Type: "string", Description: "What runs the stores."},
	{Name: "Operator", Type: "string", Description: "The custom resource definition of the operator that runs the engine."},
	{Name: "Available", Type: "string", Description: "Whether workspaces may have new stores of the type."},
	{Name: "Reason", Type: "string", Description: "Why, or why not."},
	{Name: "Age", Type: "string", Description: "Since when the operator is installed."},
	{Name: "Message", Type: "string", Priority: 1, Description: "The reason in words, and what to do."},
}

func (table) ConvertToTable(_ context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	out := &metav1.Table{}
	if opts, ok := options.(*metav1.TableOptions); !ok || !opts.NoHeaders {
		out.ColumnDefinitions = columns
	}
	switch obj := obj.(type) {
	case *eoepca.StoreTypeList:
		out.ResourceVersion = obj.ResourceVersion
		out.Rows = make([]metav1.TableRow, 0, len(obj.Items))
		for i := range obj.Items {
			out.Rows = append(out.Rows, row(&obj.Items[i]))
		}
	case *eoepca.StoreType:
		out.ResourceVersion = obj.ResourceVersion
		out.Rows = []metav1.TableRow{row(obj)}
	default:
		return nil, fmt.Errorf("cannot print %T as store types", obj)
	}
	return out, nil
}

func row(storeType *eoepca.StoreType) metav1.TableRow {
	age := "<none>"
	if since := storeType.CreationTimestamp; !since.IsZero() {
		age = duration.HumanDuration(time.Since(since.Time))
	}
	return metav1.TableRow{
		Object: runtime.RawExtension{Object: storeType},
		Cells: []any{
			storeType.Name,
			storeType.Spec.Engine,
			storeType.Spec.Operator,
			strconv.FormatBool(storeType.Status.Available),
			storeType.Status.Reason,
			age,
			storeType.Status.Message,
		},
	}
}
