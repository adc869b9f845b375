package member

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var setRoleExample = templates.Examples(`
	# bob may administrate the workspace from now on
	kubectl workspace member set-role bob Admin --workspace ws-alice`)

type setRoleOptions struct {
	*util.Change
	name string
	role roleFlag
}

func newSetRoleCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &setRoleOptions{Change: util.NewChange(f, workspace, util.SectionMembers, "changed")}
	cmd := &cobra.Command{
		Use:     "set-role NAME ROLE",
		Short:   "Change the role of a member",
		Long:    util.Long("Change the role of a member to User or Admin."),
		Example: setRoleExample,
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 1 {
				return util.Offer(roles, nil, toComplete), cobra.ShellCompDirectiveNoFileComp
			}
			return workspace.CompleteItems(f, 1, names)(cmd, args, toComplete)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 2 {
				return util.UsageErrorf(cmd, "give NAME and ROLE")
			}
			o.name = args[0]
			if err := o.role.Set(args[1]); err != nil {
				return util.UsageErrorf(cmd, "ROLE %q: %v", args[1], err)
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.AddFlags(cmd, false)
	return cmd
}

func (o *setRoleOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		at := position(ws, o.name)
		if at < 0 {
			return noMember(ws, o.name)
		}
		ws.Spec.Members[at].Role = o.role.MemberRole
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "member", "is "+string(o.role.MemberRole)+" now", o.name)
}
