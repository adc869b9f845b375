package workspace

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// statusREST serves the subresource status, which may only be read: providers write the status, on the parts.
type statusREST struct {
	workspaces *REST
}

var (
	_ rest.Getter         = (*statusREST)(nil)
	_ rest.TableConvertor = (*statusREST)(nil)
)

func (*statusREST) New() runtime.Object { return &eoepca.Workspace{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*statusREST) Destroy() {}

func (r *statusREST) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	return r.workspaces.Get(ctx, name, options)
}

func (r *statusREST) ConvertToTable(ctx context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	return r.workspaces.ConvertToTable(ctx, obj, options)
}
