package explain

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"

	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// unauthorized says whose sign-in has come to its end.
func (e *explainer) unauthorized(err error) error {
	who := "the sign-in"
	if config, name := e.kubeconfig(); config.Contexts[name] != nil {
		who += " of the context " + quote(name)
	}
	return with(&util.CodedError{Code: util.ExitForbidden, Err: err}, "", who+" has expired or is not known there: sign in again")
}

// nobodyAnswers is what client-go makes of kube-apiserver's answer for a server that it does not reach.
const nobodyAnswers = "unable to handle the request"

// unavailable says which part of the way to the workspaces does not answer. A server that says itself what it lacks is there.
func unavailable(err error) error {
	if !strings.Contains(err.Error(), nobodyAnswers) {
		return err
	}
	return with(err, "", "the server of workspaces is down or not reached: kubectl get apiservice v1alpha1."+v1alpha1.SchemeGroupVersion.Group)
}

// connection speaks of everything on the way to kube-apiserver.
func (e *explainer) connection(err error) error {
	config, context := e.kubeconfig()
	var request *url.Error
	reached := !errors.As(err, &request)
	switch {
	case clientcmd.IsContextNotFound(err):
		return with(err, "", e.anotherContext(config))
	case clientcmd.IsConfigurationInvalid(err):
		return with(err, "", "mend what the kubeconfig says"+of(context)+", or choose another context: kubectl config get-contexts")
	case clientcmd.IsEmptyConfig(err), !reached && len(config.Clusters) == 0 && *e.Config.APIServer == "" && e.Getenv("KUBERNETES_SERVICE_HOST") == "":
		return with(util.Errorf(util.ExitError, "no kubeconfig: there is nothing that says which cluster is meant"),
			"", "name one with --kubeconfig or in $KUBECONFIG; "+clientcmd.RecommendedHomeFile+" is read by default")
	case reached:
		return err
	case request.Timeout():
		return with(&util.CodedError{Code: util.ExitTimeout, Err: request}, "", "the server is slow or not reached"+of(context)+": give it longer with --request-timeout")
	case utilnet.IsConnectionRefused(err), strings.Contains(err.Error(), "no such host"):
		return with(request, "", "does the cluster run, and is it the one meant"+of(context)+"?")
	case strings.HasPrefix(request.Err.Error(), "getting credentials: "):
		return with(&util.CodedError{Code: util.ExitForbidden, Err: request}, "", "the program that signs you in has failed"+of(context)+": mend that, then try again")
	}
	return certificate(err, request, of(context))
}

// certificate says whose a certificate is that does not hold.
func certificate(err error, request *url.Error, context string) error {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return with(request, "", "the server's certificate is out of date"+context+", or the clock of this machine is wrong")
	case errors.As(err, new(*tls.CertificateVerificationError)):
		return with(request, "", "is it the server that the kubeconfig means"+context+"? If so, get a new kubeconfig: it trusts another authority or name")
	}
	return err
}

// anotherContext names the context that may have been meant.
func (e *explainer) anotherContext(config clientcmdapi.Config) string {
	known := slices.Sorted(maps.Keys(config.Contexts))
	if question := util.DidYouMean(*e.Config.Context, known); question != "" {
		return question
	}
	if len(known) == 0 {
		return ""
	}
	return "the kubeconfig has the contexts " + strings.Join(known, ", ")
}

// kubeconfig is what the flags and files say, and the context meant; empty where they cannot be read.
func (e *explainer) kubeconfig() (clientcmdapi.Config, string) {
	config, err := e.Config.ToRawKubeConfigLoader().RawConfig()
	if err != nil && !os.IsNotExist(err) {
		config = clientcmdapi.Config{}
	}
	name := config.CurrentContext
	if given := *e.Config.Context; given != "" {
		name = given
	}
	return config, name
}

func of(context string) string {
	if context == "" {
		return ""
	}
	return ", in the context " + quote(context)
}

func quote(name string) string { return `"` + name + `"` }
