package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/kubectl/pkg/cmd/portforward"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// loopback is where forwarded ports are.
const loopback = "127.0.0.1"

// podPatience is how long somebody waits for a pod that begins.
const podPatience = 20 * time.Second

// service is a Service of the cluster that a host name stands for.
type service struct{ namespace, name string }

// serviceOf reads the names by which Services are known in a cluster: NAME.NAMESPACE.svc, with or without the cluster's domain.
func serviceOf(host string) (service, bool) {
	labels := strings.SplitN(host, ".", 4)
	if len(labels) < 3 || labels[2] != "svc" {
		return service{}, false
	}
	return service{namespace: labels[1], name: labels[0]}, true
}

// there says whether the cluster has the Service, for all that the user may know.
func (s service) there(ctx context.Context, f *util.Factory) error {
	client, err := f.Kubernetes()
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Services(s.namespace).Get(ctx, s.name, metav1.GetOptions{})
	switch {
	case apierrors.IsForbidden(err):
		return &util.CodedError{Code: util.ExitForbidden, Err: err, Hint: fmt.Sprintf("to reach the store from here you need get on services, list and get on pods and "+
			"create on pods/portforward in the namespace %s; ask whoever runs the cluster, or connect from a session", s.namespace)}
	case apierrors.IsNotFound(err):
		return util.Errorf(util.ExitNotFound, "the store's Service %q is not in the namespace %q: it may still be in the making", s.name, s.namespace)
	}
	return err
}

// forward leads a free port of the loopback address to a port of the Service until stop is called. It is kubectl's own code.
func (s service) forward(f *util.Factory, port string) (at address, stop func(), err error) {
	o := portforward.NewDefaultPortForwardOptions(genericiooptions.IOStreams{In: f.In, Out: io.Discard, ErrOut: f.ErrOut})
	local, err := freePort()
	if err != nil {
		return at, nil, err
	}
	flags := &cobra.Command{}
	cmdutil.AddPodRunningTimeoutFlag(flags, podPatience)
	o.Address = []string{loopback}
	if err := o.Complete(cmdutil.NewFactory(inNamespace{f.Config, s.namespace}), flags, []string{"service/" + s.name, local + ":" + port}); err != nil {
		return at, nil, err
	}
	request := o.RESTClient.Post().Resource("pods").Namespace(o.Namespace).Name(o.PodName).SubResource("portforward")
	ended, gone := make(chan error, 1), make(chan struct{})
	go func() {
		defer close(gone)
		ended <- o.PortForwarder.ForwardPorts("POST", request.URL(), *o)
	}()
	stop = func() { close(o.StopChannel); <-gone }
	select {
	case <-o.ReadyChannel:
		return address{loopback, local}, stop, nil
	case err := <-ended:
		if err == nil {
			err = errors.New("the pod has closed the connection")
		}
		return at, nil, fmt.Errorf("forward a port to service %s in namespace %s: %w", s.name, s.namespace, err)
	}
}

func freePort() (string, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(loopback, "0"))
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// inNamespace is how the flags connect, in another namespace than theirs.
type inNamespace struct {
	*genericclioptions.ConfigFlags
	namespace string
}

// ToRawKubeConfigLoader is where kubectl's commands ask for the namespace.
func (n inNamespace) ToRawKubeConfigLoader() clientcmd.ClientConfig {
	return loader{n.ConfigFlags.ToRawKubeConfigLoader(), n.namespace}
}

type loader struct {
	clientConfig
	namespace string
}

// clientConfig can be embedded, as the interface's own name is that of one of its methods.
type clientConfig = clientcmd.ClientConfig

// Namespace is the one that is meant, as if a flag had named it.
func (l loader) Namespace() (string, bool, error) { return l.namespace, true, nil }
