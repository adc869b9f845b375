package workspace

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// credentialsREST serves the subresource credentials: what the providers wrote to the workspace's Secrets, read live at
// every request. Nothing of it is kept, listed or logged.
type credentialsREST struct {
	workspaces *REST
	secrets    corev1client.SecretsGetter
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
	principal, err := r.secret(ctx, ws.Namespace, ws.Spec.Storage.Principal)
	if err != nil {
		return nil, err
	}
	datalab, err := r.secret(ctx, ws.Namespace, ws.Name+"-datalab")
	if err != nil {
		return nil, err
	}
	credentials := resolveCredentials(ws, principal, datalab, r.policy)
	if len(credentials.Env) == 0 {
		notReady := apierrors.NewNotFound(eoepca.Resource("workspaces/credentials"), name)
		notReady.ErrStatus.Message = fmt.Sprintf("workspace %q has no credentials yet: the provider has not written Secret %q; "+
			"wait for the condition %s", name, ws.Spec.Storage.Principal, eoepca.ConditionStorageReady)
		return nil, notReady
	}
	return credentials, nil
}

// secret reads the data of a Secret; nil when it does not exist.
func (r *credentialsREST) secret(ctx context.Context, namespace, name string) (map[string]string, error) {
	if name == "" {
		return nil, nil
	}
	// At high verbosity the client logs the bodies of answers; those of Secrets must not be.
	secret, err := r.secrets.Secrets(namespace).Get(klog.NewContext(ctx, logr.Discard()), name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case apierrors.IsForbidden(err):
		return nil, apierrors.NewInternalError(fmt.Errorf("the server may not read Secrets in namespace %q: grant it get on secrets there", namespace))
	case err != nil:
		return nil, apierrors.NewServiceUnavailable(fmt.Sprintf("read Secret %q: %v", name, err))
	}
	return values(secret), nil
}

func values(secret *corev1.Secret) map[string]string {
	out := make(map[string]string, len(secret.Data))
	for key, value := range secret.Data {
		out[key] = string(value)
	}
	return out
}
