package storage

import (
	"cmp"
	"iter"
	"slices"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// index finds Storages by what they name. It follows the joined stream, so that whoever asks reads no more than he gets.
type index struct {
	buckets    claims // by bucket: who has it
	principals claims // by principal: whose it is
	names      claims // by the name that all namespaces have it under
	requests   claims // by bucket: who asks for it
	grants     claims // by grantee: who grants something to him
	// offers are the discoverable buckets, in the order of their names.
	offers []eoepca.DiscoverableBucket
	// lost are the buckets that were found to be somebody else's, until somebody is told.
	lost []lostBucket
}

// lostBucket is a bucket that a Storage names and an older one has.
type lostBucket struct {
	storage *storagev1beta1.Storage
	bucket  string
}

var _ compose.Neighbours = (*index)(nil)

// claims are the pairs whose Storages name something. They are pairs so that what a Storage says otherwise, its status above
// all, may change without the index.
type claims map[string][]*pair

func newIndex() *index {
	return &index{buckets: claims{}, principals: claims{}, names: claims{}, requests: claims{}, grants: claims{}}
}

// change takes over what the pair's Storage says now, instead of what it said before.
func (x *index) change(p *pair, before, after part) {
	was, _ := before.(*storagev1beta1.Storage)
	now, _ := after.(*storagev1beta1.Storage)
	if namesSame(was, now) {
		return
	}
	if was != nil {
		x.each(was, func(c claims, name string) { c.remove(name, p) })
	}
	if now != nil {
		x.each(now, func(c claims, name string) { c.add(name, p) })
	}
	if now != nil {
		x.dispute(now)
	}
	for _, s := range []*storagev1beta1.Storage{was, now} {
		if s != nil {
			x.offerBuckets(s)
		}
	}
}

// dispute notes who does not have the buckets that the Storage names, itself or others.
func (x *index) dispute(s *storagev1beta1.Storage) {
	for _, bucket := range s.Spec.Buckets {
		if len(x.buckets[bucket.BucketName]) < 2 {
			continue
		}
		owner := x.BucketOwner(bucket.BucketName)
		for claimant := range x.buckets.storages(bucket.BucketName) {
			if claimant != owner && (claimant == s || owner == s) {
				x.lost = append(x.lost, lostBucket{claimant, bucket.BucketName})
			}
		}
	}
}

// takeLost answers what has been lost since the last call.
func (x *index) takeLost() []lostBucket {
	lost := x.lost
	x.lost = nil
	return lost
}

// each calls for everything that a Storage names.
func (x *index) each(s *storagev1beta1.Storage, call func(claims, string)) {
	call(x.names, s.Name)
	if s.Spec.Principal != "" {
		call(x.principals, s.Spec.Principal)
	}
	for _, bucket := range s.Spec.Buckets {
		call(x.buckets, bucket.BucketName)
	}
	for _, request := range s.Spec.BucketAccessRequests {
		call(x.requests, request.BucketName)
	}
	for _, grant := range s.Spec.BucketAccessGrants {
		call(x.grants, grant.Grantee)
	}
}

// namesSame says whether two states of a Storage have the same place in the index.
func namesSame(a, b *storagev1beta1.Storage) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.UID == b.UID && (a.DeletionTimestamp == nil) == (b.DeletionTimestamp == nil) && a.Spec.Principal == b.Spec.Principal &&
		slices.EqualFunc(a.Spec.Buckets, b.Spec.Buckets, func(x, y storagev1beta1.Bucket) bool {
			return x.BucketName == y.BucketName && x.IsDiscoverable() == y.IsDiscoverable()
		}) &&
		slices.EqualFunc(a.Spec.BucketAccessRequests, b.Spec.BucketAccessRequests, func(x, y storagev1beta1.BucketAccessRequest) bool {
			return x.BucketName == y.BucketName
		}) &&
		slices.EqualFunc(a.Spec.BucketAccessGrants, b.Spec.BucketAccessGrants, func(x, y storagev1beta1.BucketAccessGrant) bool {
			return x.Grantee == y.Grantee
		})
}

// offerBuckets lists those of the Storage's buckets that are discoverable, and no others. A bucket that several Storages
// name is its owner's to offer.
func (x *index) offerBuckets(s *storagev1beta1.Storage) {
	for _, bucket := range s.Spec.Buckets {
		at, listed := slices.BinarySearchFunc(x.offers, bucket.BucketName, func(o eoepca.DiscoverableBucket, name string) int {
			return cmp.Compare(o.Bucket, name)
		})
		if listed {
			x.offers = slices.Delete(x.offers, at, at+1)
		}
		if owner := x.BucketOwner(bucket.BucketName); owner != nil && compose.Offers(owner, bucket.BucketName) {
			x.offers = slices.Insert(x.offers, at,
				eoepca.DiscoverableBucket{Bucket: bucket.BucketName, Workspace: owner.Name, Namespace: owner.Namespace})
		}
	}
}

// BucketOwner is the Storage that a bucket belongs to.
func (x *index) BucketOwner(bucket string) *storagev1beta1.Storage { return x.buckets.owner(bucket) }

// PrincipalOwner is the Storage that a principal belongs to.
func (x *index) PrincipalOwner(principal string) *storagev1beta1.Storage {
	return x.principals.owner(principal)
}

// Named is the Storage of a name.
func (x *index) Named(namespace, name string) *storagev1beta1.Storage {
	for s := range x.names.storages(name) {
		if s.Namespace == namespace {
			return s
		}
	}
	return nil
}

// Requesters are the Storages that ask for a bucket.
func (x *index) Requesters(bucket string) iter.Seq[*storagev1beta1.Storage] {
	return x.requests.storages(bucket)
}

// Granters are the Storages that grant something to a principal.
func (x *index) Granters(principal string) iter.Seq[*storagev1beta1.Storage] {
	return x.grants.storages(principal)
}

// Discoverable are the buckets that their owners offer.
func (x *index) Discoverable() []eoepca.DiscoverableBucket { return x.offers }

// add is told all names of one Storage in a row, some of them more than once.
func (c claims) add(name string, p *pair) {
	list := c[name]
	if n := len(list); n > 0 && list[n-1] == p {
		return
	}
	c[name] = append(list, p)
}

func (c claims) remove(name string, p *pair) {
	list := c[name]
	i := slices.Index(list, p)
	switch {
	case i < 0:
	case len(list) == 1:
		delete(c, name)
	default:
		list[i] = list[len(list)-1]
		list[len(list)-1] = nil
		c[name] = list[:len(list)-1]
	}
}

// owner is the oldest of those who name it.
func (c claims) owner(name string) (owner *storagev1beta1.Storage) {
	for s := range c.storages(name) {
		if owner == nil || compose.Older(s, owner) {
			owner = s
		}
	}
	return owner
}

func (c claims) storages(name string) iter.Seq[*storagev1beta1.Storage] {
	return func(yield func(*storagev1beta1.Storage) bool) {
		for _, p := range c[name] {
			if s, ok := p.parts[storageKind].(*storagev1beta1.Storage); ok && !yield(s) {
				return
			}
		}
	}
}
