package workspace

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// envKubeconfig is the variable by which sessions know their virtual cluster.
const envKubeconfig = "KUBECONFIG"

// kubeconfigREST serves the subresource kubeconfig: the way into the workspace's virtual cluster, read live from the Secret
// that the provider writes for the sessions.
type kubeconfigREST struct {
	workspaces *REST
	secrets    secretReader
}

var _ rest.Getter = (*kubeconfigREST)(nil)

func (*kubeconfigREST) New() runtime.Object { return &eoepca.WorkspaceKubeconfig{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*kubeconfigREST) Destroy() {}

// Get answers 404 with the reason where there is none.
func (r *kubeconfigREST) Get(ctx context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	obj, err := r.workspaces.Get(ctx, name, &metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	ws := obj.(*eoepca.Workspace)
	if vcluster := ws.Spec.Runtime.VCluster; vcluster == nil || !*vcluster {
		return nil, noKubeconfig(ws, "it has no virtual cluster: spec.runtime.vcluster is not true")
	}
	auditRead(ctx, ws, eoepca.DatalabSecret(ws.Name))
	secret, err := r.secrets.read(ctx, ws, eoepca.DatalabSecret(ws.Name))
	if err != nil {
		return nil, err
	}
	text := newlines(string(secret[envKubeconfig]))
	if text == "" {
		return nil, noKubeconfig(ws, fmt.Sprintf("the provider has not written %s to Secret %q; wait for the condition %s",
			envKubeconfig, eoepca.DatalabSecret(ws.Name), eoepca.ConditionDatalabReady))
	}
	// What is wrong with it stays untold: the error would quote it.
	if config, err := clientcmd.Load([]byte(text)); err != nil || len(config.Clusters) == 0 {
		return nil, noKubeconfig(ws, fmt.Sprintf("what Secret %q has as %s is no kubeconfig", eoepca.DatalabSecret(ws.Name), envKubeconfig))
	}
	return &eoepca.WorkspaceKubeconfig{ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name}, Kubeconfig: text}, nil
}

// newlines undoes the provider's putting a text into one line, with \n for each line's end.
func newlines(text string) string {
	if !strings.Contains(strings.TrimSpace(text), "\n") {
		text = strings.ReplaceAll(text, `\n`, "\n")
	}
	return text
}

func noKubeconfig(ws *eoepca.Workspace, why string) error {
	err := apierrors.NewNotFound(eoepca.Resource("workspaces/kubeconfig"), ws.Name)
	err.ErrStatus.Message = fmt.Sprintf("workspace %q has no kubeconfig: %s", ws.Name, why)
	return err
}
