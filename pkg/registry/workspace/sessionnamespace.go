package workspace

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/audit"
	storeerr "k8s.io/apiserver/pkg/storage/errors"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// annotationWorkspace on a namespace names the workspace whose sessions run in it, as <namespace>/<name>.
const annotationWorkspace = "workspaces.eoepca.org/workspace"

// sessionNamespaces finds out whether the namespace that bears a workspace's name is the one that its sessions run in. The
// provider makes it for the workspace, so one that is older than the workspace, kube-system above all, is not: unless
// an annotation says so. Of workspaces of one name in several namespaces of the cluster it is the oldest's.
type sessionNamespaces struct {
	namespaces corev1client.NamespacesGetter
	claims     Claims
}

// check answers whether the workspace has a namespace yet, and an error when it is not the workspace's own.
func (r sessionNamespaces) check(ctx context.Context, ws *eoepca.Workspace) (exists bool, err error) {
	audit.AddAuditAnnotation(ctx, auditNamespace, ws.Name)
	namespace, err := r.namespaces.Namespaces().Get(ctx, ws.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return false, nil
	case apierrors.IsForbidden(err):
		return false, apierrors.NewInternalError(fmt.Errorf("the server may not read namespace %q: grant it get on namespaces", ws.Name))
	case err != nil:
		return false, apierrors.NewServiceUnavailable(fmt.Sprintf("read namespace %q: %v", ws.Name, err))
	}
	if err := r.claims.CatchUp(ctx, ws.ResourceVersion); err != nil {
		return false, storeerr.InterpretGetError(err, eoepca.Resource("workspaces"), ws.Name)
	}
	if !r.madeFor(namespace, ws) {
		return false, apierrors.NewConflict(eoepca.Resource("workspaces"), ws.Name, fmt.Errorf("namespace %q was not made for it: "+
			"if its sessions run there, annotate the namespace with %s=%s/%s", ws.Name, annotationWorkspace, ws.Namespace, ws.Name))
	}
	return true, nil
}

func (r sessionNamespaces) madeFor(namespace *corev1.Namespace, ws *eoepca.Workspace) bool {
	if named, ok := namespace.Annotations[annotationWorkspace]; ok {
		return named == ws.Namespace+"/"+ws.Name
	}
	owner, found := r.claims.NameOwner(ws.Name)
	return (!found || owner == ws.Namespace) && !namespace.CreationTimestamp.Before(&ws.CreationTimestamp)
}
