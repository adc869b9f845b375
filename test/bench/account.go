package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/test/controlplane"
)

// The server runs under the service account, the token and the roles that it is deployed with.

// deployAccount applies the manifests of the server's account and writes the server's kubeconfig.
func (e *environment) deployAccount(ctx context.Context, config *rest.Config, adminKubeconfig []byte) error {
	admin := filepath.Join(e.dir, "admin.kubeconfig")
	if err := os.WriteFile(admin, adminKubeconfig, 0o600); err != nil {
		return err
	}
	kubectl, err := controlplane.Program("kubectl")
	if err != nil {
		return err
	}
	root, err := controlplane.RepositoryRoot()
	if err != nil {
		return err
	}
	args := []string{"--kubeconfig", admin, "apply", "--server-side"}
	for _, name := range []string{"namespaces.yaml", "serviceaccount.yaml", "rbac-server.yaml", "rbac-workspaces.yaml"} {
		args = append(args, "-f", filepath.Join(root, "artifacts", "base", name))
	}
	if text, err := exec.CommandContext(ctx, kubectl, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("apply the server's account: %w\n%s", err, text)
	}
	token, err := e.accountToken(ctx)
	if err != nil {
		return err
	}
	return clientcmd.WriteToFile(*tokenKubeconfig(config, token), e.kubeconfig())
}

func (e *environment) accountToken(ctx context.Context) (string, error) {
	body, err := json.Marshal(map[string]any{"spec": map[string]any{"expirationSeconds": 24 * 60 * 60}})
	if err != nil {
		return "", err
	}
	response, err := e.load.open(ctx, http.MethodPost, "/api/v1/namespaces/"+controlplane.Namespace+"/serviceaccounts/workspaces-apiserver/token", jsonBody, body)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var answer struct{ Status struct{ Token string } }
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return "", fmt.Errorf("read the server's token: %w", err)
	}
	return answer.Status.Token, nil
}

func tokenKubeconfig(config *rest.Config, token string) *clientcmdapi.Config {
	const name = "server"
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	kubeconfig.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	kubeconfig.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	kubeconfig.CurrentContext = name
	return kubeconfig
}
