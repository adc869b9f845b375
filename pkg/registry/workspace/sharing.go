package workspace

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// sharingREST serves the subresource sharing: who asks for the workspace's buckets, what it asks of others, and what they
// offer.
type sharingREST struct {
	workspaces *REST
}

var _ rest.Getter = (*sharingREST)(nil)

func (*sharingREST) New() runtime.Object { return &eoepca.WorkspaceSharing{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*sharingREST) Destroy() {}

// Get answers for a workspace that the caller may see. What he may not see of others is left out where the answer is made.
func (r *sharingREST) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	obj, err := r.workspaces.Get(ctx, name, options)
	if err != nil {
		return nil, err
	}
	return r.workspaces.backend.Sharing(ctx, obj.(*eoepca.Workspace), options.ResourceVersion)
}
