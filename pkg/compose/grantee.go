package compose

import (
	"slices"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// Grantee answers the principal of whom a grant of the Workspace names: the name itself where it is a principal, and that of
// the workspace where it is a workspace's name. It tells of those only that the Workspace may know of: who offers a bucket to
// everybody, or asks for one of this Workspace's.
func Grantee(ws *eoepca.Workspace, name string, n Neighbours) (principal string, known bool) {
	for _, peer := range []*storagev1beta1.Storage{n.PrincipalOwner(name), n.Named(ws.Namespace, name)} {
		if peer != nil && (offers(peer) || asks(peer, ws, n)) {
			return peer.Spec.Principal, true
		}
	}
	return "", false
}

// offers says whether others may find a bucket of the Storage, and so know of it.
func offers(s *storagev1beta1.Storage) bool {
	return s.DeletionTimestamp == nil && slices.ContainsFunc(s.Spec.Buckets, storagev1beta1.Bucket.IsDiscoverable)
}

func asks(s *storagev1beta1.Storage, ws *eoepca.Workspace, n Neighbours) bool {
	return slices.ContainsFunc(s.Spec.BucketAccessRequests, func(r storagev1beta1.BucketAccessRequest) bool {
		owner := n.BucketOwner(r.BucketName)
		return owner != nil && owner.Namespace == ws.Namespace && owner.Name == ws.Name
	})
}
