package compose

import (
	"cmp"
	"iter"
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// Neighbours finds the Storages of the cluster by what they have, ask for and grant.
type Neighbours interface {
	// BucketOwner is the Storage that a bucket belongs to, among all that name it; nil if none does.
	BucketOwner(bucket string) *storagev1beta1.Storage
	// PrincipalOwner is the Storage that a principal belongs to, among all that name it; nil if none does.
	PrincipalOwner(principal string) *storagev1beta1.Storage
	// Requesters are the Storages that ask for a bucket.
	Requesters(bucket string) iter.Seq[*storagev1beta1.Storage]
	// Granters are the Storages that grant something to a principal.
	Granters(principal string) iter.Seq[*storagev1beta1.Storage]
	// Named is the Storage of a name; nil if there is none.
	Named(namespace, name string) *storagev1beta1.Storage
	// Discoverable are the buckets that their owners offer, in the order of their names.
	Discoverable() []eoepca.DiscoverableBucket
}

// Older says which of two Storages that name the same bucket or principal has it: the one that was created first, and of
// two that are equally old the first by namespace and name. It depends on nothing else, so every server says the same.
func Older(a, b *storagev1beta1.Storage) bool {
	return cmp.Or(
		a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		cmp.Compare(a.Namespace, b.Namespace),
		cmp.Compare(a.Name, b.Name),
	) < 0
}

// Offers says whether others may find the Storage's bucket and ask for it.
func Offers(s *storagev1beta1.Storage, bucket string) bool {
	return s.DeletionTimestamp == nil && slices.ContainsFunc(s.Spec.Buckets, func(b storagev1beta1.Bucket) bool {
		return b.BucketName == bucket && b.IsDiscoverable()
	})
}

// open says whether providers act on the Storage's grants: for one without the label they do not.
func open(s *storagev1beta1.Storage) bool {
	return s.DeletionTimestamp == nil && s.Labels[DiscoverableLabel] == "true"
}

// Sharing answers who shares buckets with the Workspace, and with whom it shares its own. Of others it tells what they
// offer to everybody, ask of this Workspace or grant to it, and nothing else.
func Sharing(ws *eoepca.Workspace, n Neighbours) *eoepca.WorkspaceSharing {
	s := &sharing{ws: ws, neighbours: n, shown: map[string]bool{}}
	answer := &eoepca.WorkspaceSharing{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name},
		Incoming:   s.incoming(),
		Outgoing:   s.outgoing(),
	}
	answer.Discoverable = s.discoverable()
	return answer
}

// sharing is one answer under way.
type sharing struct {
	ws         *eoepca.Workspace
	neighbours Neighbours
	shown      map[string]bool // buckets that the answer need not offer any more
}

// is says whether a Storage is the Workspace's own. One that nobody is known to have is taken for its own: it has just been
// written.
func (s *sharing) is(owner *storagev1beta1.Storage) bool {
	return owner == nil || owner.Namespace == s.ws.Namespace && owner.Name == s.ws.Name
}

type shareKey struct{ bucket, grantee string }

// incoming joins the requests of others with the Workspace's grants.
func (s *sharing) incoming() []eoepca.BucketShare {
	grants := make(map[shareKey]*eoepca.AccessGrant, len(s.ws.Spec.Storage.AccessGrants))
	for i := range s.ws.Spec.Storage.AccessGrants {
		g := &s.ws.Spec.Storage.AccessGrants[i]
		grants[shareKey{g.Bucket, g.Grantee}] = g
	}
	var shares []eoepca.BucketShare
	mine, effective := map[string]bool{}, s.open()
	for _, bucket := range s.ws.Spec.Storage.Buckets {
		s.shown[bucket.Name] = true
		if !s.is(s.neighbours.BucketOwner(bucket.Name)) {
			continue
		}
		mine[bucket.Name] = true
		offered := bucket.Discoverable != nil && *bucket.Discoverable
		for peer := range s.neighbours.Requesters(bucket.Name) {
			key := shareKey{bucket.Name, peer.Spec.Principal}
			grant := grants[key]
			if s.is(peer) || s.neighbours.PrincipalOwner(key.grantee) != peer || grant == nil && !offered {
				continue
			}
			share := eoepca.BucketShare{Bucket: key.bucket, Grantee: key.grantee, Workspace: peer.Name, Namespace: peer.Namespace}
			request(&share, requestOf(peer, bucket.Name))
			decide(&share, grant, true, effective)
			shares = append(shares, share)
			delete(grants, key)
		}
	}
	for key, grant := range grants {
		shares = append(shares, s.unasked(key, grant, mine[key.bucket], effective))
	}
	slices.SortFunc(shares, func(a, b eoepca.BucketShare) int {
		return cmp.Or(cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Grantee, b.Grantee))
	})
	return shares
}

// unasked is a grant of the Workspace that nobody has asked for.
func (s *sharing) unasked(key shareKey, grant *eoepca.AccessGrant, mine, effective bool) eoepca.BucketShare {
	share := eoepca.BucketShare{Bucket: key.bucket, Grantee: key.grantee}
	decide(&share, grant, false, effective)
	peer := s.neighbours.PrincipalOwner(key.grantee)
	if peer != nil && offers(peer) {
		share.Workspace, share.Namespace = peer.Name, peer.Namespace
	}
	if !mine {
		share.State, share.Message = eoepca.ShareUnresolved, "without effect: the bucket is not this workspace's"
	}
	return share
}

// open says whether the Workspace's grants take effect, as they do from its next write on.
func (s *sharing) open() bool {
	return s.ws.DeletionTimestamp == nil && slices.ContainsFunc(s.ws.Spec.Storage.Buckets, func(b eoepca.Bucket) bool {
		return b.Discoverable != nil && *b.Discoverable
	})
}

// outgoing joins the Workspace's requests with the grants of others.
func (s *sharing) outgoing() []eoepca.BucketShare {
	principal := s.ws.Spec.Storage.Principal
	rightful := s.is(s.neighbours.PrincipalOwner(principal))
	var shares []eoepca.BucketShare
	for i := range s.ws.Spec.Storage.AccessRequests {
		r := &s.ws.Spec.Storage.AccessRequests[i]
		s.shown[r.Bucket] = true
		share := eoepca.BucketShare{Bucket: r.Bucket, Grantee: principal}
		request(&share, r)
		switch owner := s.neighbours.BucketOwner(r.Bucket); {
		case !rightful:
			share.State, share.Message = eoepca.ShareUnresolved, "without effect: the principal is another workspace's"
		case s.is(owner):
			unresolved(&share)
		default:
			answer(&share, owner)
		}
		shares = append(shares, share)
	}
	if rightful {
		shares = append(shares, s.offered(principal)...)
	}
	slices.SortFunc(shares, func(a, b eoepca.BucketShare) int { return cmp.Compare(a.Bucket, b.Bucket) })
	return shares
}

// offered are the grants that the Workspace has not asked for. A denial is told only of a bucket that it may know of.
func (s *sharing) offered(principal string) (shares []eoepca.BucketShare) {
	for owner := range s.neighbours.Granters(principal) {
		if s.is(owner) {
			continue
		}
		for i := range owner.Spec.BucketAccessGrants {
			g := &owner.Spec.BucketAccessGrants[i]
			denied := g.Permission == string(eoepca.PermissionNone)
			if g.Grantee != principal || s.shown[g.BucketName] || denied && !Offers(owner, g.BucketName) ||
				s.neighbours.BucketOwner(g.BucketName) != owner {
				continue
			}
			s.shown[g.BucketName] = true
			share := eoepca.BucketShare{Bucket: g.BucketName, Grantee: principal, Workspace: owner.Name, Namespace: owner.Namespace}
			decide(&share, grantOf(owner, g.BucketName, principal), false, open(owner))
			shares = append(shares, share)
		}
	}
	return shares
}

// answer completes a request with what the owner of the bucket has made of it. Without a word of his, whose a bucket is that
// he does not offer stays untold, as does that there is one.
func answer(share *eoepca.BucketShare, owner *storagev1beta1.Storage) {
	grant := grantOf(owner, share.Bucket, share.Grantee)
	if grant == nil && !Offers(owner, share.Bucket) {
		unresolved(share)
		return
	}
	share.Workspace, share.Namespace = owner.Name, owner.Namespace
	decide(share, grant, true, open(owner))
}

func unresolved(share *eoepca.BucketShare) {
	share.State = eoepca.ShareUnresolved
	share.Message = "no workspace offers this bucket: check the name, or wait until its owner makes it discoverable"
}

// decide says how far a share has come.
func decide(share *eoepca.BucketShare, grant *eoepca.AccessGrant, requested, effective bool) {
	if grant == nil {
		share.State, share.Message = eoepca.ShareRequested, "waiting for the bucket's owner"
		return
	}
	share.Permission, share.DecidedAt = grant.Permission, grant.GrantedAt
	switch {
	case grant.Permission == eoepca.PermissionNone:
		share.State = eoepca.ShareDenied
	case !requested:
		share.State, share.Message = eoepca.ShareOffered, "without effect until the grantee asks for the bucket"
	case !effective:
		share.State, share.Message = eoepca.ShareUnresolved, "granted, but without effect until a bucket of its owner is discoverable"
	default:
		share.State = eoepca.ShareGranted
	}
}

// discoverable is what is offered and not shown: copied in runs, since there may be many thousands.
func (s *sharing) discoverable() []eoepca.DiscoverableBucket {
	rest := s.neighbours.Discoverable()
	buckets := make([]eoepca.DiscoverableBucket, 0, len(rest))
	for _, name := range slices.Sorted(maps.Keys(s.shown)) {
		at, found := slices.BinarySearchFunc(rest, name, func(b eoepca.DiscoverableBucket, name string) int { return cmp.Compare(b.Bucket, name) })
		buckets = append(buckets, rest[:at]...)
		rest = rest[at:]
		if found {
			rest = rest[1:]
		}
	}
	return append(buckets, rest...)
}

func request(share *eoepca.BucketShare, r *eoepca.AccessRequest) {
	share.Reason, share.RequestedAt = r.Reason, r.RequestedAt
}

// requestOf is the Storage's request for a bucket.
func requestOf(s *storagev1beta1.Storage, bucket string) *eoepca.AccessRequest {
	for i := range s.Spec.BucketAccessRequests {
		if r := &s.Spec.BucketAccessRequests[i]; r.BucketName == bucket {
			return &eoepca.AccessRequest{Bucket: bucket, Reason: r.Reason, RequestedAt: timeOf(r.RequestedAt)}
		}
	}
	return &eoepca.AccessRequest{Bucket: bucket}
}

// grantOf is the Storage's grant of a bucket to a principal; nil if there is none.
func grantOf(s *storagev1beta1.Storage, bucket, grantee string) *eoepca.AccessGrant {
	for i := range s.Spec.BucketAccessGrants {
		if g := &s.Spec.BucketAccessGrants[i]; g.BucketName == bucket && g.Grantee == grantee {
			return &eoepca.AccessGrant{Bucket: bucket, Grantee: grantee, Permission: eoepca.Permission(g.Permission), GrantedAt: timeOf(g.GrantedAt)}
		}
	}
	return nil
}

// timeOf reads a part's time; what is none is left out.
func timeOf(value string) *metav1.Time {
	parsed, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return nil
	}
	return &metav1.Time{Time: parsed.UTC().Truncate(time.Second)}
}
