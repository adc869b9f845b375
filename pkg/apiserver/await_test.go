package apiserver

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

func TestTheRemedyFitsWhatKeepsKubeAPIServerAway(t *testing.T) {
	configMaps := corev1.Resource("configmaps")
	for _, test := range []struct {
		err  error
		says string
	}{
		{fmt.Errorf("get: %w", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired}}), "renew the certificate of kube-apiserver"},
		{fmt.Errorf("get: %w", x509.UnknownAuthorityError{}), "put the CA"},
		{apierrors.NewUnauthorized("no"), "renew the credentials in the kubeconfig"},
		{apierrors.NewForbidden(configMaps, "x", errors.New("no")), "extension-apiserver-authentication-reader"},
		{apierrors.NewNotFound(configMaps, "x"), "--requestheader-client-ca-file"},
		{errors.New("connection refused"), "start kube-apiserver"},
	} {
		if got := remedy(test.err); !strings.Contains(got, test.says) {
			t.Errorf("%v: remedy %q, want %q", test.err, got, test.says)
		}
	}
}

func TestWaitingForKubeAPIServerEndsWithTheContext(t *testing.T) {
	options := NewOptions()
	options.Recommended.CoreAPI.CoreAPIKubeconfigPath = writeKubeconfig(t, "https://127.0.0.1:1")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := options.Run(ctx); err != nil {
		t.Errorf("being told to stop is no failure: %v", err)
	}
}

func writeKubeconfig(t *testing.T, server string) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: server}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test"}
	config.CurrentContext = "test"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}
