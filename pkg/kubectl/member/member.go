package member

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// NewCommand is the "member" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("member", "List, add and remove the members of a workspace, change their roles, hand it over")
	cmd.Aliases = []string{"members"}
	workspace.AddTo(f, cmd)
	cmd.AddCommand(
		newListCommand(f, workspace), newAddCommand(f, workspace), newRemoveCommand(f, workspace),
		newSetRoleCommand(f, workspace), newTransferCommand(f, workspace),
	)
	return cmd
}

// roleFlag is --role.
type roleFlag struct{ v1alpha1.MemberRole }

func (r *roleFlag) String() string { return string(r.MemberRole) }
func (r *roleFlag) Type() string   { return strings.Join(roles, "|") }

// Set takes a role in any case.
func (r *roleFlag) Set(text string) error {
	for _, role := range roles {
		if strings.EqualFold(role, text) {
			r.MemberRole = v1alpha1.MemberRole(role)
			return nil
		}
	}
	return fmt.Errorf("give %s", strings.Join(roles, " or "))
}

var roles = []string{string(v1alpha1.MemberRoleUser), string(v1alpha1.MemberRoleAdmin)}

func completeRoles(cmd *cobra.Command) {
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("role", cobra.FixedCompletions(roles, cobra.ShellCompDirectiveNoFileComp)))
}

func names(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, member := range ws.Spec.Members {
		names = append(names, member.Name)
	}
	return names
}

// position is where the member stands; -1 where there is none.
func position(ws *v1alpha1.Workspace, name string) int {
	return slices.Index(names(ws), name)
}

// noMember says so, and who there is.
func noMember(ws *v1alpha1.Workspace, name string) error {
	switch {
	case name == ws.Spec.Owner:
		err := util.Errorf(util.ExitConflict, "%q is no member of workspace %q but its owner", name, ws.Name)
		err.Hint = fmt.Sprintf("%s member transfer NAME --workspace %s", util.Program, ws.Name)
		return err
	case len(ws.Spec.Members) == 0:
		return util.Errorf(util.ExitNotFound, "workspace %q has no member %q: it has none", ws.Name, name)
	}
	return util.Errorf(util.ExitNotFound, "workspace %q has no member %q: its members are %s", ws.Name, name, strings.Join(names(ws), ", "))
}
