package workspace

import (
	"context"

	"k8s.io/apiserver/pkg/registry/generic"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Backend is what the registry needs of the storage.
type Backend interface {
	Claims
	// RESTOptionsGetter hands the storage to the generic registry.
	RESTOptionsGetter() generic.RESTOptionsGetter
	// DryRunCreate asks schema and admission of the parts what they say of a new workspace, and writes nothing.
	DryRunCreate(ctx context.Context, ws *eoepca.Workspace) error
	// DryRunUpdate asks schema and admission of the parts what they say of a change, and writes nothing.
	DryRunUpdate(ctx context.Context, ws, old *eoepca.Workspace) error
	// AnswerPartly says of a request that its answer shows only what its writes of the Datalab have answered, its status
	// above all: the rest need not be of the same moment.
	AnswerPartly(ctx context.Context) context.Context
	// DatalabInstalled tells whether the cluster can run members, sessions, stores and runtime.
	DatalabInstalled() bool
	// BucketOwner finds the workspace that owns a bucket.
	BucketOwner(bucket string) (namespace, workspace string, found bool)
	// BucketOffered tells whether a workspace offers a bucket to others.
	BucketOffered(bucket string) bool
	// Grantee answers the principal of whom a grant of the workspace names, by principal or as a workspace, if it may know of him.
	Grantee(ws *eoepca.Workspace, name string) (principal string, known bool)
	// Sharing tells who shares buckets with the workspace, at the version that is wanted at least; "" is now, "0" any.
	Sharing(ctx context.Context, ws *eoepca.Workspace, version string) (*eoepca.WorkspaceSharing, error)
}
