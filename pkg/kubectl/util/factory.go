package util

import (
	"fmt"
	"os"

	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
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
	Clock     clock.WithTicker
	Getenv    func(string) string
}

// NewFactory connects as the flags and the kubeconfig say.
func NewFactory(streams genericiooptions.IOStreams) *Factory {
	f := &Factory{
		IOStreams: streams,
		Config:    genericclioptions.NewConfigFlags(true).WithDeprecatedPasswordFlag().WithDiscoveryBurst(300).WithDiscoveryQPS(50),
		Clock:     clock.RealClock{},
		Getenv:    os.Getenv,
	}
	f.Clientset = f.connect
	return f
}

func (f *Factory) connect() (versioned.Interface, error) {
	config, err := f.Config.ToRESTConfig()
	if err != nil {
		return nil, err
	}
	config = rest.AddUserAgent(config, FieldManager)
	return versioned.NewForConfig(config)
}

// Workspaces is the client for the workspaces of the namespace that the flags and the kubeconfig select.
func (f *Factory) Workspaces() (typedv1alpha1.WorkspaceInterface, error) {
	namespace, _, err := f.Config.ToRawKubeConfigLoader().Namespace()
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
