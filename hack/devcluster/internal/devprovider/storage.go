package devprovider

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

const (
	discoverableLabel = "storages.pkg.internal/discoverable"

	byPrincipal = "principal" // index: Storages of a principal
	byGrantee   = "grantee"   // index: Storages that grant something to a principal
)

// storages plays provider-storage: each principal is a user of the S3 server, with its buckets and their policies.
type storages struct{ *provider }

func (s storages) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	o := newObject(storageKind)
	if err := s.client.Get(ctx, req.NamespacedName, o); err != nil {
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	if o.GetAnnotations()[pausedAnnotation] == "true" {
		return reconcile.Result{}, nil
	}
	if o.GetDeletionTimestamp() != nil {
		return s.delete(ctx, o)
	}
	if err := patchFinalizer(ctx, s.client, o, true); err != nil {
		return retryConflict(err)
	}
	after := o.DeepCopy()
	err := s.sync(ctx, o)
	setSynced(after, err)
	var result reconcile.Result
	if err == nil {
		result = s.becomeReady(after)
		result.RequeueAfter = soonest(result.RequeueAfter, s.nextKeyIn(ctx, o))
	}
	if patchErr := patchStatus(ctx, s.client, o, after); patchErr != nil {
		return retryConflict(patchErr)
	}
	if err != nil {
		logOnce(o, err)
		return reconcile.Result{RequeueAfter: s.options.Retry}, nil
	}
	return result, nil
}

// sync makes the S3 server and the Secret what the Storage says: the user first, as policies may name only who exists.
func (s storages) sync(ctx context.Context, o *unstructured.Unstructured) error {
	spec, err := readSpec[storageSpec](o)
	if err != nil {
		return err
	}
	if spec.Principal == "" || spec.Principal == rootUser {
		return fmt.Errorf("%q cannot be a principal", spec.Principal)
	}
	if err := s.claim(spec.Principal, o); err != nil {
		return err
	}
	if err := s.credentials(ctx, o, spec); err != nil {
		return err
	}
	var names []string
	for _, bucket := range spec.Buckets {
		grants, err := s.grants(ctx, o, spec, bucket.Name)
		if err != nil {
			return err
		}
		policy, err := bucketPolicy(bucket.Name, spec.Principal, grants)
		if err != nil {
			return err
		}
		if err := s.gateway.setBucket(ctx, bucket.Name, spec.Principal, policy); err != nil {
			return err
		}
		names = append(names, bucket.Name)
	}
	return s.gateway.keepOnly(spec.Principal, names...)
}

// grants are those that take effect on the bucket: its owner grants and is discoverable, and the grantee asks for it.
func (s storages) grants(ctx context.Context, o *unstructured.Unstructured, spec storageSpec, bucket string) ([]grant, error) {
	if o.GetLabels()[discoverableLabel] != "true" {
		return nil, nil
	}
	var grants []grant
	for _, g := range spec.Grants {
		if g.Bucket != bucket {
			continue
		}
		asked, err := s.asksFor(ctx, g.Grantee, bucket)
		if err != nil {
			return nil, err
		}
		if asked {
			grants = append(grants, grant{g.Grantee, g.Permission})
		}
	}
	return grants, nil
}

func (s storages) asksFor(ctx context.Context, principal, bucket string) (bool, error) {
	peers, err := s.list(ctx, byPrincipal, principal)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(peers, func(peer unstructured.Unstructured) bool {
		spec, err := readSpec[storageSpec](&peer)
		return err == nil && peer.GetDeletionTimestamp() == nil && slices.Contains(spec.Requests, bucketRequest{bucket})
	}), nil
}

// becomeReady sets Ready once the delay is over: real buckets take their time too.
func (p *provider) becomeReady(o *unstructured.Unstructured) reconcile.Result {
	wait := p.since(o, "created", p.options.Delay)
	if wait > 0 && !isTrue(o, "Ready") {
		setCondition(o, "Ready", false, "Creating", simulated)
		return reconcile.Result{RequeueAfter: wait}
	}
	if !isTrue(o, "Ready") {
		tell(o, "ready")
	}
	setCondition(o, "Ready", true, "Available", simulated)
	return reconcile.Result{}
}

// delete takes everything away again, after a delay.
func (s storages) delete(ctx context.Context, o *unstructured.Unstructured) (reconcile.Result, error) {
	after := o.DeepCopy()
	setCondition(after, "Ready", false, "Deleting", simulated)
	if err := patchStatus(ctx, s.client, o, after); err != nil {
		return retryConflict(err)
	}
	if wait := remaining(o.GetDeletionTimestamp(), s.options.Delay); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	if spec, err := readSpec[storageSpec](o); err == nil && s.release(spec.Principal, o) {
		if err := s.gateway.remove(spec.Principal); err != nil {
			return reconcile.Result{}, err
		}
		if err := s.deleteSecret(ctx, o, spec.Principal); err != nil {
			return reconcile.Result{}, err
		}
	}
	s.forget(o)
	tell(o, "gone")
	return retryConflict(patchFinalizer(ctx, s.client, o, false))
}

// neighbours are the Storages whose policies depend on this one: those that grant something to its principal.
func (s storages) neighbours(ctx context.Context, o client.Object) []reconcile.Request {
	spec, err := readSpec[storageSpec](o.(*unstructured.Unstructured))
	if err != nil {
		return nil
	}
	granting, err := s.list(ctx, byGrantee, spec.Principal)
	if err != nil {
		return nil
	}
	return requests(granting)
}

func principalOf(o client.Object) []string {
	spec, err := readSpec[storageSpec](o.(*unstructured.Unstructured))
	if err != nil {
		return nil
	}
	return []string{spec.Principal}
}

func granteesOf(o client.Object) []string {
	spec, err := readSpec[storageSpec](o.(*unstructured.Unstructured))
	if err != nil {
		return nil
	}
	var grantees []string
	for _, g := range spec.Grants {
		grantees = append(grantees, g.Grantee)
	}
	return grantees
}

// list answers the cached Storages of an index.
func (p *provider) list(ctx context.Context, index, value string) ([]unstructured.Unstructured, error) {
	list := &unstructured.UnstructuredList{}
	list.SetGroupVersionKind(storageKind)
	if err := p.client.List(ctx, list, client.MatchingFields{index: value}); err != nil {
		return nil, err
	}
	return list.Items, nil
}

func requests(objects []unstructured.Unstructured) []reconcile.Request {
	var all []reconcile.Request
	for i := range objects {
		all = append(all, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&objects[i])})
	}
	return all
}

// retryConflict turns a conflict into another try: the cache is about to bring the newer version.
func retryConflict(err error) (reconcile.Result, error) {
	if apierrors.IsConflict(err) {
		return reconcile.Result{RequeueAfter: 50 * time.Millisecond}, nil
	}
	return reconcile.Result{}, err
}
