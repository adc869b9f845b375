// Package kubeconfig holds the command that hands out the kubeconfig of a workspace's virtual cluster. Nothing here logs it.
package kubeconfig

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var example = templates.Examples(`
	# Look into the virtual cluster of a workspace
	kubectl workspace kubeconfig --workspace ws-alice --merge
	kubectl --context ws-alice get namespaces

	# Keep it in a file of its own
	kubectl workspace kubeconfig --workspace ws-alice --output-file alice.kubeconfig`)

type options struct {
	*util.Factory
	util.RevealFlag
	workspace util.WorkspaceFlag
	merge     bool
	context   string
	file      string
	force     bool
}

// NewCommand is "kubeconfig".
func NewCommand(f *util.Factory) *cobra.Command {
	o := &options{Factory: f}
	cmd := &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print or merge the kubeconfig of a workspace's virtual cluster",
		Long: util.Long(
			"Print the kubeconfig of a workspace's virtual cluster, write it to a file of its own, or merge it into your "+
				"kubeconfig as one more context. Your current context stays as it is, and nothing of yours is overwritten "+
				"without --force.",
			"On a terminal secrets are masked, unless --reveal is given."),
		Example:           example,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.AddTo(cmd.Flags())
	cmd.Flags().BoolVar(&o.merge, "merge", o.merge, "Merge it into your kubeconfig, as a context of its own.")
	cmd.Flags().StringVar(&o.context, "context-name", o.context, "With --merge: the name of the context. Defaults to the workspace's.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("context-name", cobra.NoFileCompletions))
	cmd.Flags().StringVar(&o.file, "output-file", o.file, "Write it to this file, for you alone to read.")
	cmd.Flags().BoolVar(&o.force, "force", o.force, "Overwrite a file, or a context that is another's.")
	return cmd
}

func (o *options) complete(cmd *cobra.Command) error {
	switch {
	case o.merge && o.file != "":
		return util.UsageErrorf(cmd, "give --merge or --output-file, not both")
	case o.context != "" && !o.merge:
		return util.UsageErrorf(cmd, "--context-name is the name that --merge gives: give both")
	case o.force && !o.merge && o.file == "":
		return util.UsageErrorf(cmd, "--force is for --merge and --output-file: without them nothing is overwritten")
	}
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if o.context == "" {
		o.context = o.workspace.Name
	}
	return nil
}

func (o *options) run(ctx context.Context) error {
	client, err := o.Workspaces()
	if err != nil {
		return err
	}
	found, err := client.GetKubeconfig(util.WithoutBodies(ctx), o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	switch {
	case o.merge:
		return o.mergeInto(found.Namespace, found.Kubeconfig)
	case o.file != "":
		return o.write(found.Kubeconfig)
	}
	return o.print(found.Kubeconfig)
}

func (o *options) print(text string) error {
	if o.Masks(o.Factory) {
		config, err := parse(text)
		if err != nil {
			return err
		}
		if text, err = redacted(config); err != nil {
			return err
		}
	}
	_, err := fmt.Fprint(o.Out, text)
	return err
}

// redacted is the kubeconfig as "kubectl config view" shows it.
func redacted(config *clientcmdapi.Config) (string, error) {
	if err := clientcmdapi.RedactSecrets(config); err != nil {
		return "", err
	}
	clientcmdapi.ShortenConfig(config)
	text, err := clientcmd.Write(*config)
	return string(text), err
}

// parse is silent on what is wrong, as that might be quoted with a secret in it.
func parse(text string) (*clientcmdapi.Config, error) {
	config, err := clientcmd.Load([]byte(text))
	if err != nil {
		return nil, errors.New("what the server has answered is no kubeconfig")
	}
	return config, nil
}

func (o *options) write(text string) error {
	if _, err := os.Lstat(o.file); !o.force && !errors.Is(err, fs.ErrNotExist) {
		if err != nil {
			return err
		}
		return util.Errorf(util.ExitConflict, "%s is there already: --force overwrites it", o.file)
	}
	if err := util.WriteFile(o.file, []byte(text)); err != nil {
		return err
	}
	o.Progressf("written to %s", o.file)
	return nil
}
