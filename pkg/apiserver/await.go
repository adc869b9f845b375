package apiserver

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
)

// awaitKubeAPIServer returns once kube-apiserver tells whom to trust: the generic server asks for that once, when it
// starts, and would give up.
func (o *Options) awaitKubeAPIServer(ctx context.Context) error {
	authentication := o.Recommended.Authentication
	if authentication == nil || authentication.SkipInClusterLookup || authentication.RequestHeader.ClientCAFile != "" {
		return nil
	}
	config, err := clientConfig(authentication.RemoteKubeConfigFile)
	if err != nil {
		return err
	}
	config.Timeout = 5 * time.Second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	told := ""
	return wait.PollUntilContextCancel(ctx, time.Second, true, func(ctx context.Context) (bool, error) {
		_, err := client.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, "extension-apiserver-authentication", metav1.GetOptions{})
		if err == nil {
			return true, nil
		}
		if message := err.Error(); message != told && ctx.Err() == nil {
			told = message
			klog.InfoS("Waiting for kube-apiserver; not ready", "server", config.Host, "reason", message, "remedy", remedy(err))
		}
		return false, nil
	})
}

// clientConfig loads a kubeconfig, or without one takes the service account's.
func clientConfig(kubeconfig string) (*rest.Config, error) {
	if kubeconfig == "" {
		config, err := rest.InClusterConfig()
		if errors.Is(err, rest.ErrNotInCluster) {
			return nil, fmt.Errorf("not in a cluster: name a kubeconfig with --kubeconfig")
		}
		return config, err
	}
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("load kubeconfig %q: %w", kubeconfig, err)
	}
	return config, nil
}

// remedy says what to do about an error of the connection to kube-apiserver.
func remedy(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "renew the certificate of kube-apiserver"
	case errors.As(err, &unknown):
		return "put the CA of kube-apiserver into the kubeconfig"
	case apierrors.IsUnauthorized(err):
		return "renew the credentials in the kubeconfig: they are wrong or have expired"
	case apierrors.IsForbidden(err):
		return "bind the Role extension-apiserver-authentication-reader in namespace kube-system to this server"
	case apierrors.IsNotFound(err):
		return "start kube-apiserver with --requestheader-client-ca-file"
	default:
		return "start kube-apiserver, or correct its address in the kubeconfig"
	}
}
