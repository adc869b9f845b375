package member

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var removeExample = templates.Examples(`
	# bob and carol work in the workspace no longer
	kubectl workspace member remove bob carol --workspace ws-alice

	# Only the owner is left
	kubectl workspace member remove --all --yes --workspace ws-alice`)

type removeOptions struct {
	*util.Change
	util.Confirmation
	names []string
	all   bool
}

func newRemoveCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &removeOptions{Change: util.NewChange(f, workspace, util.SectionMembers, "removed")}
	cmd := &cobra.Command{
		Use:               "remove (NAME... | --all)",
		Aliases:           []string{"rm", "delete"},
		Short:             "Remove members from a workspace",
		Long:              util.Long("Remove members from a workspace. They lose their rights in it at once. The owner stays."),
		Example:           removeExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, names),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.names, err = util.NamesOrAll(cmd, args, o.all); err != nil {
				return err
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", o.all, "Remove all members.")
	o.Confirmation.AddTo(cmd.Flags())
	o.AddFlags(cmd, false)
	return cmd
}

func (o *removeOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if o.all && !o.NeverWritten() {
		if err := o.Ask(ctx, o.Factory, cmd, "All members of workspace "+o.Workspace.Name+" lose their rights in it.", ""); err != nil {
			return err
		}
	}
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		if o.all {
			o.names, ws.Spec.Members = names(ws), nil
			return nil
		}
		for _, name := range o.names {
			at := position(ws, name)
			if at < 0 {
				return noMember(ws, name)
			}
			ws.Spec.Members = slices.Delete(ws.Spec.Members, at, at+1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "member", "removed", o.names...)
}
