package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/warning"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// credentialsREST serves the subresource credentials: what the providers wrote to the workspace's Secrets, read live at
// every request.
type credentialsREST struct {
	workspaces *REST
	secrets    secretReader
	policy     Policy
}

var _ rest.Getter = (*credentialsREST)(nil)

func (*credentialsREST) New() runtime.Object { return &eoepca.WorkspaceCredentials{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*credentialsREST) Destroy() {}

// Get answers with what there is by now: a workspace without a runtime has S3 keys only. While there is nothing at all
// it answers 404, as for any object that does not exist yet.
func (r *credentialsREST) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	obj, err := r.workspaces.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	ws := obj.(*eoepca.Workspace)
	auditRead(ctx, ws, ws.Spec.Storage.Principal, eoepca.DatalabSecret(ws.Name))
	principal, err := r.secrets.read(ctx, ws, ws.Spec.Storage.Principal)
	if err != nil {
		return nil, err
	}
	// The provider copies this one's keys into the Datalab's.
	if err := r.secrets.mayRead(ctx, ws, ws.Spec.Runtime.SecretName); err != nil {
		return nil, err
	}
	datalab, err := r.secrets.read(ctx, ws, eoepca.DatalabSecret(ws.Name))
	if err != nil {
		return nil, err
	}
	found := resolveCredentials(r.withItsBuckets(ws), principal, datalab, r.policy)
	if len(found.Env) == 0 {
		return nil, noCredentials(ws, found.problems)
	}
	for _, problem := range found.problems {
		warning.AddWarning(ctx, "", problem)
	}
	audit.AddAuditAnnotation(ctx, auditStores, storeTypesOf(found.Stores))
	return found.WorkspaceCredentials, nil
}

// withItsBuckets is the workspace without the buckets that it names and another one has: its keys are not to be used on them.
func (r *credentialsREST) withItsBuckets(ws *eoepca.Workspace) *eoepca.Workspace {
	own := *ws
	own.Spec.Storage.Buckets = slices.DeleteFunc(slices.Clone(ws.Spec.Storage.Buckets), func(b eoepca.Bucket) bool {
		namespace, name, found := r.workspaces.backend.BucketOwner(b.Name)
		return found && (namespace != ws.Namespace || name != ws.Name)
	})
	return &own
}

func noCredentials(ws *eoepca.Workspace, problems []string) error {
	why := fmt.Sprintf("the provider has not written Secret %q; wait for the condition %s", ws.Spec.Storage.Principal, eoepca.ConditionStorageReady)
	if len(problems) > 0 {
		why = strings.Join(problems, "; ")
	}
	err := apierrors.NewNotFound(eoepca.Resource("workspaces/credentials"), ws.Name)
	err.ErrStatus.Message = fmt.Sprintf("workspace %q has no credentials yet: %s", ws.Name, why)
	return err
}

func storeTypesOf(stores []eoepca.StoreCredentials) string {
	var types []string
	for _, store := range stores {
		types = append(types, store.Type)
	}
	return strings.Join(slices.Compact(types), ",")
}
