package controlplane

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// User issues a client certificate for the user and answers a client configuration and a kubeconfig with it.
func (c *ControlPlane) User(name string, groups ...string) (*rest.Config, []byte, error) {
	kubeconfig, err := c.kubeconfig(name, groups...)
	if err != nil {
		return nil, nil, err
	}
	text, err := clientcmd.Write(*kubeconfig)
	if err != nil {
		return nil, nil, err
	}
	config, err := clientcmd.NewDefaultClientConfig(*kubeconfig, nil).ClientConfig()
	if err != nil {
		return nil, nil, err
	}
	config.QPS = -1
	return config, text, nil
}

func (c *ControlPlane) kubeconfig(name string, groups ...string) (*clientcmdapi.Config, error) {
	sum := sha256.Sum256([]byte(name)) // a user's name may hold what a file's may not
	files, err := c.ca.client("user-"+hex.EncodeToString(sum[:6]), name, groups...)
	if err != nil {
		return nil, fmt.Errorf("issue the certificate of user %s: %w", name, err)
	}
	config := clientcmdapi.NewConfig()
	cluster, auth := clientcmdapi.NewCluster(), clientcmdapi.NewAuthInfo()
	cluster.Server = fmt.Sprintf("https://%s:%d", host, c.ports.apiServer)
	if cluster.CertificateAuthorityData, err = os.ReadFile(c.ca.certFile()); err != nil {
		return nil, err
	}
	if auth.ClientCertificateData, err = os.ReadFile(files.certFile); err != nil {
		return nil, err
	}
	if auth.ClientKeyData, err = os.ReadFile(files.keyFile); err != nil {
		return nil, err
	}
	config.Clusters["workspaces"] = cluster
	config.AuthInfos[name] = auth
	config.Contexts[name] = &clientcmdapi.Context{Cluster: "workspaces", AuthInfo: name}
	config.CurrentContext = name
	return config, nil
}

func (c *ControlPlane) writeKubeconfig(file, user string, groups ...string) error {
	_, text, err := c.User(user, groups...)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
