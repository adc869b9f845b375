package storage

import (
	"context"
	"iter"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// SecretOwner finds the workspace of a namespace that has a Secret, as its principal's or by the workspace's name.
func (b *Backend) SecretOwner(namespace, secret string) (workspace string, found bool) {
	b.lookUp(func(x *index) {
		var owner *storagev1beta1.Storage
		for s := range x.secretClaims(secret) {
			if s.Namespace == namespace && (owner == nil || compose.Older(s, owner)) {
				owner = s
			}
		}
		_, workspace, found = nameOf(owner)
	})
	return workspace, found
}

// secretClaims are the Storages that lay claim to a Secret of their namespace.
func (x *index) secretClaims(secret string) iter.Seq[*storagev1beta1.Storage] {
	return func(yield func(*storagev1beta1.Storage) bool) {
		for _, claims := range []iter.Seq[*storagev1beta1.Storage]{x.principals.storages(secret), x.names.storages(eoepca.SecretOf(secret))} {
			for s := range claims {
				if !yield(s) {
					return
				}
			}
		}
	}
}

// NameOwner finds the workspace of the cluster that has a name.
func (b *Backend) NameOwner(name string) (namespace string, found bool) {
	b.lookUp(func(x *index) { namespace, _, found = nameOf(x.names.owner(name)) })
	return namespace, found
}

// CatchUp waits until the joined watch has come to a version, and so knows every claim that was made before it.
func (b *Backend) CatchUp(ctx context.Context, version string) error {
	rv, err := b.Versioner().ParseResourceVersion(version)
	if err != nil {
		return b.readError(err)
	}
	if _, err := b.seen(ctx, rv); err != nil {
		return b.readError(err)
	}
	return nil
}
