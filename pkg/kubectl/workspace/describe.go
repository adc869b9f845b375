package workspace

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var describeExample = templates.Examples(`
	# Everything about a workspace, with the events of it and of its parts
	kubectl workspace describe ws-alice

	# All workspaces that you may see with a label, without events
	kubectl workspace describe -l team=sentinel --show-events=false`)

type describeOptions struct {
	*util.Factory
	util.WorkspaceSelection
	workspace  util.WorkspaceFlag
	showEvents bool
}

// NewDescribeCommand tells everything about workspaces.
func NewDescribeCommand(f *util.Factory) *cobra.Command {
	o := &describeOptions{Factory: f, showEvents: true}
	cmd := &cobra.Command{
		Use:   "describe [NAME...]",
		Short: "Tell everything about workspaces, events included",
		Long: util.Long(
			"Tell everything about one, several or all workspaces, as kubectl describe does: what is wanted, what the " +
				"providers have made of it, who shares its buckets, and the events of the workspace and of its parts. " +
				"What you may not read is left out with a remark. Without a name: the workspace in use."),
		Example:           describeExample,
		ValidArgsFunction: f.CompleteWorkspaces,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.complete(cmd, names); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.WorkspaceSelection.AddTo(cmd)
	cmd.Flags().BoolVar(&o.showEvents, "show-events", o.showEvents, "Show the events of the workspace and of its parts.")
	o.workspace.AddTo(f, cmd)
	return cmd
}

func (o *describeOptions) complete(cmd *cobra.Command, names []string) error {
	o.Names = names
	if err := o.Validate(cmd); err != nil {
		return err
	}
	if !o.Given() {
		if err := o.workspace.Complete(o.Factory, cmd); err != nil {
			return err
		}
		o.Names = []string{o.workspace.Name}
	}
	return nil
}

func (o *describeOptions) run(ctx context.Context) error {
	found, failures := o.Find(ctx, o.Factory)
	for i, ws := range found {
		k, err := learn(ctx, o.Factory, &ws)
		if err == nil && o.showEvents {
			err = k.learnEvents(ctx, o.Factory)
		}
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprint(o.Out, "\n\n")
		}
		if err := describeWorkspace(o.Out, k); err != nil {
			return err
		}
	}
	return util.OneOrAll(failures)
}
