package util

import (
	"fmt"
	"os"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// FieldManager is the default of --field-manager.
const FieldManager = "kubectl-workspace"

// Factory hands a command what it needs of the world, so that tests can hand it another world.
type Factory struct {
	genericiooptions.IOStreams
	// Config holds kubectl's own connection flags.
	Config *genericclioptions.ConfigFlags
	// Clientset makes the client for the flags as parsed.
	Clientset func() (versioned.Interface, error)
	// Kubernetes makes the client for what is Kubernetes' own, such as events.
	Kubernetes func() (kubernetes.Interface, error)
	// Dynamic makes the client for kinds that the plugin does not know, such as what the parts are composed of.
	Dynamic func() (dynamic.Interface, error)
	// Mapper tells which resource a kind is.
	Mapper func() (meta.RESTMapper, error)
	Clock  clock.WithTicker
	Getenv func(string) string
	// Interactive says whether somebody sits at a terminal who can be asked.
	Interactive func() bool
	// Terminal says whether a stream is a terminal, at which a person sits.
	Terminal func(stream any) bool
	// Occupied says that a program of the user's runs in this terminal: it ends when it wants to, whatever the keyboard sends.
	Occupied atomic.Bool
	// Color is --color.
	Color ColorFlag

	// selectedNamespace is that of the selected workspace, once a command has found that it is meant.
	selectedNamespace string
}

// NewFactory connects as the flags and the kubeconfig say.
func NewFactory(streams genericiooptions.IOStreams) *Factory {
	f := &Factory{
		IOStreams: streams,
		Config:    genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag().WithDiscoveryBurst(300).WithDiscoveryQPS(50),
		Clock:     clock.RealClock{},
		Getenv:    os.Getenv,
		Color:     ColorAuto,
		Terminal:  isTerminal,
	}
	f.Clientset = func() (versioned.Interface, error) { return connect(f, versioned.NewForConfig) }
	f.Kubernetes = func() (kubernetes.Interface, error) { return connect(f, kubernetes.NewForConfig) }
	f.Dynamic = func() (dynamic.Interface, error) {
		return connect(f, func(c *rest.Config) (dynamic.Interface, error) { return dynamic.NewForConfig(c) })
	}
	f.Mapper = f.Config.ToRESTMapper
	f.Interactive = func() bool { return isTerminal(f.In) && isTerminal(f.ErrOut) }
	return f
}

func connect[T any](f *Factory, client func(*rest.Config) (T, error)) (none T, err error) {
	config, err := f.Config.ToRESTConfig()
	if err != nil {
		return none, err
	}
	config = rest.AddUserAgent(config, FieldManager)
	// Who waits at a prompt has asked for little: as much as kubectl allows discovery.
	config.QPS, config.Burst = 50, 300
	return client(config)
}

// Namespace is the one of --namespace, else that of the selected workspace where that is meant, else the kubeconfig's.
func (f *Factory) Namespace() (string, error) {
	namespace, given, err := f.Config.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return "", err
	}
	if !given && f.selectedNamespace != "" {
		return f.selectedNamespace, nil
	}
	return namespace, nil
}

// Workspaces is the client for the workspaces of the Namespace.
func (f *Factory) Workspaces() (typedv1alpha1.WorkspaceInterface, error) {
	namespace, err := f.Namespace()
	if err != nil {
		return nil, err
	}
	client, err := f.Clientset()
	if err != nil {
		return nil, err
	}
	return client.EoepcaV1alpha1().Workspaces(namespace), nil
}

// Progressf writes a line for the user's eyes: stdout is for data alone.
func (f *Factory) Progressf(format string, args ...any) {
	fmt.Fprintf(f.ErrOut, format+"\n", args...)
}
