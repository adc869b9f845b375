package workspace

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// usageREST serves the subresource usage: the quota and the volume claims of the namespace that the workspace's sessions run
// in, read live at every request.
type usageREST struct {
	workspaces *REST
	namespaces sessionNamespaces
	quotas     corev1client.ResourceQuotasGetter
	claims     corev1client.PersistentVolumeClaimsGetter
}

var _ rest.Getter = (*usageREST)(nil)

func (*usageREST) New() runtime.Object { return &eoepca.WorkspaceUsage{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*usageREST) Destroy() {}

// Get answers nothing used while the namespace does not exist: no session has run yet.
func (r *usageREST) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	obj, err := r.workspaces.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	ws := obj.(*eoepca.Workspace)
	usage := &eoepca.WorkspaceUsage{ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name}, Storage: storageUsage(nil, nil)}
	exists, err := r.namespaces.check(ctx, ws)
	if err != nil || !exists {
		return usage, err
	}
	quotas, err := listAll(ctx, "resourcequotas", ws.Name, func(ctx context.Context, options metav1.ListOptions) ([]corev1.ResourceQuota, string, error) {
		list, err := r.quotas.ResourceQuotas(ws.Name).List(ctx, options)
		return list.Items, list.Continue, err
	})
	if err != nil {
		return nil, err
	}
	claims, err := listAll(ctx, "persistentvolumeclaims", ws.Name, func(ctx context.Context, options metav1.ListOptions) ([]corev1.PersistentVolumeClaim, string, error) {
		list, err := r.claims.PersistentVolumeClaims(ws.Name).List(ctx, options)
		return list.Items, list.Continue, err
	})
	if err != nil {
		return nil, err
	}
	usage.Storage = storageUsage(quotas, claims)
	return usage, nil
}

// storageUsage adds up the claims, and compares them with the smallest quota.
func storageUsage(quotas []corev1.ResourceQuota, claims []corev1.PersistentVolumeClaim) eoepca.StorageUsage {
	usage := eoepca.StorageUsage{Claims: make([]eoepca.VolumeClaimUsage, 0, len(claims)), Requested: *resource.NewQuantity(0, resource.BinarySI)}
	for _, claim := range claims {
		size := claim.Spec.Resources.Requests[corev1.ResourceStorage]
		usage.Requested.Add(size)
		usage.Claims = append(usage.Claims, eoepca.VolumeClaimUsage{Name: claim.Name, Size: size, Phase: string(claim.Status.Phase)})
	}
	slices.SortFunc(usage.Claims, func(a, b eoepca.VolumeClaimUsage) int { return cmp.Compare(a.Name, b.Name) })
	for _, quota := range quotas {
		limit, limited := quota.Spec.Hard[corev1.ResourceRequestsStorage]
		if limited && (usage.Quota == nil || limit.Cmp(*usage.Quota) < 0) {
			usage.Quota = &limit
		}
	}
	if usage.Quota != nil {
		// Lowering a quota takes nothing from claims that are there already.
		remaining := usage.Quota.DeepCopy()
		remaining.Sub(usage.Requested)
		if remaining.Sign() < 0 {
			remaining = *resource.NewQuantity(0, resource.BinarySI)
		}
		usage.Remaining = &remaining
	}
	return usage
}

// pageSize bounds what is held of a list at once.
const pageSize = 500

func listAll[T any](ctx context.Context, kind, namespace string, page func(context.Context, metav1.ListOptions) ([]T, string, error)) (all []T, err error) {
	options := metav1.ListOptions{Limit: pageSize}
	for {
		items, next, err := page(ctx, options)
		switch {
		case apierrors.IsForbidden(err):
			return nil, apierrors.NewInternalError(fmt.Errorf("the server may not list %s in namespace %q: grant it list on %s there", kind, namespace, kind))
		case err != nil:
			return nil, apierrors.NewServiceUnavailable(fmt.Sprintf("list %s in namespace %q: %v", kind, namespace, err))
		}
		all = append(all, items...)
		if next == "" {
			return all, nil
		}
		options.Continue = next
	}
}
