package workspace

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var useExample = templates.Examples(`
	# From now on commands mean ws-alice when no workspace is named
	kubectl workspace use ws-alice

	# One of another namespace, which then need not be named either
	kubectl workspace use ws-alice -n earth-observation

	# Back to the one before, and to none
	kubectl workspace use -
	kubectl workspace use --none`)

type useOptions struct {
	*util.Factory
	none bool
}

// NewUseCommand selects the workspace that commands mean when none is named.
func NewUseCommand(f *util.Factory) *cobra.Command {
	o := &useOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "use (NAME | - | --none)",
		Short: "Choose the workspace that commands mean when none is named",
		Long: util.Long(
			"Choose the workspace that commands mean when neither --workspace nor $"+util.WorkspaceEnv+" names one.",
			"The choice is kept in the current context of the kubeconfig, so that each context has its own."),
		Example:           useExample,
		ValidArgsFunction: f.CompleteWorkspace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.none != (len(args) == 0) || len(args) > 1 {
				return util.UsageErrorf(cmd, "give one NAME, - for the one before, or --none")
			}
			if o.none {
				return o.choose(util.Selection{})
			}
			return o.run(cmd.Context(), cmd, args[0])
		},
	}
	cmd.Flags().BoolVar(&o.none, "none", o.none, "Choose no workspace.")
	return cmd
}

func (o *useOptions) run(ctx context.Context, cmd *cobra.Command, name string) error {
	if name == "-" {
		_, previous, err := o.Selected()
		if err != nil {
			return err
		}
		if previous.Workspace == "" {
			return util.Errorf(util.ExitNotFound, "no workspace was chosen before in this context")
		}
		return o.choose(previous)
	}
	if err := util.ValidName(cmd, name); err != nil {
		return err
	}
	namespace, err := o.Namespace()
	if err != nil {
		return err
	}
	client, err := o.Workspaces()
	if err != nil {
		return err
	}
	// A name that is wrong is better told now than by every command that follows. Whoever may not read a workspace may
	// still use what is inside of it.
	if _, err := client.Get(ctx, name, metav1.GetOptions{}); err != nil && !apierrors.IsForbidden(err) {
		return err
	}
	return o.choose(util.Selection{Workspace: name, Namespace: namespace})
}

func (o *useOptions) choose(selection util.Selection) error {
	context, err := o.Select(selection)
	if err != nil {
		return err
	}
	if selection.Workspace == "" {
		o.Progressf("No workspace is chosen in the context %q.", context)
		return nil
	}
	o.Progressf("Workspace %q of the namespace %q is chosen in the context %q.", selection.Workspace, selection.Namespace, context)
	return nil
}

var currentExample = templates.Examples(`
	# The workspace that commands mean
	kubectl workspace current`)

// NewCurrentCommand prints the workspace that commands mean when none is named.
func NewCurrentCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	return &cobra.Command{
		Use:   "current",
		Short: "Print the workspace that commands mean when none is named",
		Long: util.Long(
			"Print the name of the workspace that commands mean when --workspace is not given: that of $" + util.WorkspaceEnv +
				", else the one that \"" + util.Program + " use\" has chosen."),
		Example:           currentExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := workspace.Complete(f, cmd); err != nil {
				return err
			}
			_, err := fmt.Fprintln(f.Out, workspace.Name)
			return err
		},
	}
}
