package storage

import (
	"context"
	"time"

	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// indexPatience is how long a read waits for the joined watch to get where it has to be.
const indexPatience = 3 * time.Second

// Sharing answers who shares buckets with the workspace, from what the joined watch knows of all others. As for any read,
// without a version nothing is missing that had been written before the call, 0 takes what there is, and another version is
// the least that is wanted.
func (b *Backend) Sharing(ctx context.Context, ws *eoepca.Workspace, version string) (*eoepca.WorkspaceSharing, error) {
	minimum, err := b.Versioner().ParseResourceVersion(version)
	if err == nil && version == "" {
		minimum, err = b.GetCurrentResourceVersion(ctx)
	}
	if err != nil {
		return nil, b.readError(err)
	}
	w, err := b.seen(ctx, minimum)
	if err != nil {
		return nil, b.readError(err)
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	return compose.Sharing(ws, w.merger.index), nil
}

// seen waits until the joined watch has come to a revision.
func (b *Backend) seen(ctx context.Context, rv uint64) (*joinedWatch, error) {
	ctx, cancel := context.WithTimeout(ctx, indexPatience)
	defer cancel()
	backoff := conflictBackoff()
	for {
		var at uint64
		if live := b.live.Load(); live != nil {
			if at = live.releasedTo(); at >= rv {
				return live, nil
			}
			live.requestProgress()
		}
		if err := pause(ctx, &backoff); err != nil {
			return nil, storage.NewTooLargeResourceVersionError(rv, at, 1)
		}
	}
}

// BucketOwner finds the workspace that has a bucket.
func (b *Backend) BucketOwner(bucket string) (namespace, workspace string, found bool) {
	b.lookUp(func(x *index) { namespace, workspace, found = nameOf(x.BucketOwner(bucket)) })
	return namespace, workspace, found
}

// BucketOffered tells whether the workspace that has a bucket offers it to others.
func (b *Backend) BucketOffered(bucket string) (offered bool) {
	b.lookUp(func(x *index) {
		owner := x.BucketOwner(bucket)
		offered = owner != nil && compose.Offers(owner, bucket)
	})
	return offered
}

// PrincipalOwner finds the workspace that has a principal.
func (b *Backend) PrincipalOwner(principal string) (namespace, workspace string, found bool) {
	b.lookUp(func(x *index) { namespace, workspace, found = nameOf(x.PrincipalOwner(principal)) })
	return namespace, workspace, found
}

// Grantee answers the principal of whom a grant of the workspace names, if it may know of him.
func (b *Backend) Grantee(ws *eoepca.Workspace, name string) (principal string, known bool) {
	b.lookUp(func(x *index) { principal, known = compose.Grantee(ws, name, x) })
	return principal, known
}

// lookUp asks what is known by now, if anything is.
func (b *Backend) lookUp(ask func(*index)) {
	if live := b.live.Load(); live != nil {
		live.mu.RLock()
		defer live.mu.RUnlock()
		ask(live.merger.index)
	}
}

func nameOf(s *storagev1beta1.Storage) (namespace, name string, found bool) {
	if s == nil {
		return "", "", false
	}
	return s.Namespace, s.Name, true
}
