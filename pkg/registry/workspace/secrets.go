package workspace

import (
	"context"
	"fmt"

	"github.com/go-logr/logr"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	storeerr "k8s.io/apiserver/pkg/storage/errors"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/klog/v2"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// secretReader reads the Secrets of workspaces: by name, at every request, and never one that is another workspace's.
// Nothing of them is kept, listed or logged.
type secretReader struct {
	secrets corev1client.SecretsGetter
	claims  Claims
}

// read answers the data of a Secret; nil when it does not exist.
func (r secretReader) read(ctx context.Context, ws *eoepca.Workspace, name string) (map[string][]byte, error) {
	if name == "" {
		return nil, nil
	}
	if err := r.mayRead(ctx, ws, name); err != nil {
		return nil, err
	}
	// At high verbosity the client logs the bodies of answers; those of Secrets must not be.
	secret, err := r.secrets.Secrets(ws.Namespace).Get(klog.NewContext(ctx, logr.Discard()), name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return nil, nil
	case apierrors.IsForbidden(err):
		return nil, apierrors.NewInternalError(fmt.Errorf("the server may not read Secrets in namespace %q: grant it get on secrets there", ws.Namespace))
	case err != nil:
		return nil, apierrors.NewServiceUnavailable(fmt.Sprintf("read Secret %q: %v", name, err))
	}
	return secret.Data, nil
}

// mayRead refuses a Secret that another workspace has the older claim to: naming it as one's own must not open it.
func (r secretReader) mayRead(ctx context.Context, ws *eoepca.Workspace, name string) error {
	if err := r.claims.CatchUp(ctx, ws.ResourceVersion); err != nil {
		return storeerr.InterpretGetError(err, eoepca.Resource("workspaces"), ws.Name)
	}
	if owner, found := r.claims.SecretOwner(ws.Namespace, name); found && owner != ws.Name {
		return apierrors.NewConflict(eoepca.Resource("workspaces"), ws.Name, fmt.Errorf("its Secret %q is that of another workspace, "+
			"which is older: make the workspace anew, with a principal and a runtime.secretName of its own", name))
	}
	return nil
}
