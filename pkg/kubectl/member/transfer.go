package member

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var transferExample = templates.Examples(`
	# Hand the workspace over to bob and stay in it as an administrator
	kubectl workspace member transfer bob --workspace ws-alice

	# Hand it over and leave
	kubectl workspace member transfer bob --leave --yes --workspace ws-alice`)

type transferOptions struct {
	*util.Change
	util.Confirmation
	name  string
	leave bool
}

func newTransferCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &transferOptions{Change: util.NewChange(f, workspace, util.SectionMembers, "transferred")}
	cmd := &cobra.Command{
		Use:   "transfer NAME",
		Short: "Hand a workspace over to a new owner",
		Long: util.Long(
			"Hand a workspace over to a new owner, who need not be a member. The owner so far stays as a member of the role Admin, " +
				"or leaves with --leave. Whoever is not the new owner cannot take it back."),
		Example:           transferExample,
		Args:              util.OneName,
		ValidArgsFunction: workspace.CompleteItems(f, 1, names),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	cmd.Flags().BoolVar(&o.leave, "leave", o.leave, "Have the owner so far leave the workspace.")
	o.Confirmation.AddTo(cmd.Flags())
	o.AddFlags(cmd, false)
	return cmd
}

func (o *transferOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if !o.NeverWritten() {
		question := fmt.Sprintf("Workspace %s will belong to %s.", o.Workspace.Name, o.name)
		if err := o.Ask(ctx, o.Factory, cmd, question, ""); err != nil {
			return err
		}
	}
	ws, err := o.Edit(ctx, o.transfer)
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "workspace", "belongs to "+o.name+" now", ws.Name)
}

func (o *transferOptions) transfer(ws *v1alpha1.Workspace) error {
	before := ws.Spec.Owner
	if before == o.name {
		return nil
	}
	if at := position(ws, o.name); at >= 0 {
		ws.Spec.Members = slices.Delete(ws.Spec.Members, at, at+1)
	}
	ws.Spec.Owner = o.name
	if before != "" && !o.leave {
		ws.Spec.Members = append(ws.Spec.Members, v1alpha1.Member{Name: before, Role: v1alpha1.MemberRoleAdmin})
	}
	return nil
}
