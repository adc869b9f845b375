package member

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var addExample = templates.Examples(`
	# Let two colleagues work in the workspace
	kubectl workspace member add bob carol --workspace ws-alice

	# One who may administrate it
	kubectl workspace member add dave --role Admin --workspace ws-alice`)

type addOptions struct {
	*util.Change
	role  roleFlag
	names []string
}

func newAddCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &addOptions{Change: util.NewChange(f, workspace, util.SectionMembers, "added"), role: roleFlag{v1alpha1.MemberRoleUser}}
	cmd := &cobra.Command{
		Use:   "add NAME...",
		Short: "Add members to a workspace",
		Long: util.Long(
			"Add members to a workspace. A member of the role User uses it; one of the role Admin also changes its members, " +
				"buckets, access, stores and sessions. Who is a member already keeps his role: set-role changes it."),
		Example:           addExample,
		Args:              util.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().Var(&o.role, "role", "The role of the new members: User or Admin.")
	completeRoles(cmd)
	o.AddFlags(cmd, false)
	return cmd
}

func (o *addOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		for _, name := range o.names {
			if err := o.add(ws, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "member", "added", o.names...)
}

func (o *addOptions) add(ws *v1alpha1.Workspace, name string) error {
	if name == ws.Spec.Owner {
		return util.Errorf(util.ExitConflict, "%q owns workspace %q and may do everything that a member may", name, ws.Name)
	}
	at := position(ws, name)
	if at < 0 {
		ws.Spec.Members = append(ws.Spec.Members, v1alpha1.Member{Name: name, Role: o.role.MemberRole})
		return nil
	}
	if has := ws.Spec.Members[at].Role; has != o.role.MemberRole {
		err := util.Errorf(util.ExitConflict, "%q is a member of workspace %q already, as %s", name, ws.Name, has)
		err.Hint = util.Program + " member set-role " + name + " " + string(o.role.MemberRole) + " --workspace " + ws.Name
		return err
	}
	return nil
}
