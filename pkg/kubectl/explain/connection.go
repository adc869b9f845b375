package explain

import (
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

// unavailable says which part of the way to the workspaces does not answer.
func unavailable(err error) error {
	return with(err, "", "the server of workspaces is down or not reached: kubectl get apiservice v1alpha1."+v1alpha1.SchemeGroupVersion.Group)
}

// connection speaks of everything on the way to kube-apiserver.
func (e *explainer) connection(err error) error {
	config, context := e.kubeconfig()
	var request *url.Error
	reached := !errors.As(err, &request)
	switch {
	case clientcmd.IsContextNotFound(err) || clientcmd.IsConfigurationInvalid(err):
		return with(err, "", e.anotherContext(config))
	case clientcmd.IsEmptyConfig(err), !reached && len(config.Clusters) == 0 && *e.Config.APIServer == "":
		return with(util.Errorf(util.ExitError, "no kubeconfig: there is nothing that says which cluster is meant"),
			"", "name one with --kubeconfig or in $KUBECONFIG; "+clientcmd.RecommendedHomeFile+" is read by default")
	case reached:
		return err
	case request.Timeout():
		return with(&util.CodedError{Code: util.ExitTimeout, Err: request}, "", "the server is slow or not reached"+of(context)+": give it longer with --request-timeout")
	case utilnet.IsConnectionRefused(err), strings.Contains(err.Error(), "no such host"):
		return with(request, "", "does the cluster run, and is it the one meant"+of(context)+"?")
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
