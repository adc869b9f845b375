package member

import (
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// roleOwner is shown for the owner, who is no member.
const roleOwner = "Owner"

var listExample = templates.Examples(`
	# Who works in the workspace, and in which role
	kubectl workspace member list --workspace ws-alice

	# Those of all workspaces, by name
	kubectl workspace member list -A --sort-by=.name`)

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return util.NewListCommand(f, workspace, util.ListSpec{
		Short:   "List the owner and the members of a workspace",
		Long:    "List the owner and the members of a workspace with their roles.",
		Example: listExample,
		Kind:    "Member",
		Columns: []util.Column{{Name: "Name"}, {Name: "Role"}, {Name: "Age"}},
		Rows:    rows,
	})
}

func rows(ws *v1alpha1.Workspace, now time.Time) []util.Row {
	var rows []util.Row
	if ws.Spec.Owner != "" {
		rows = append(rows, util.Row{
			Name:   ws.Spec.Owner,
			Cells:  []any{ws.Spec.Owner, roleOwner, util.Age(ws.CreationTimestamp.Time, now)},
			Fields: map[string]any{"name": ws.Spec.Owner, "role": roleOwner},
		})
	}
	for _, member := range ws.Spec.Members {
		row := util.Row{
			Name:   member.Name,
			Cells:  []any{member.Name, string(member.Role), "<unknown>"},
			Fields: map[string]any{"name": member.Name, "role": string(member.Role)},
		}
		if at := member.GrantedAt; at != nil {
			row.Cells[2], row.Fields["grantedAt"] = util.Age(at.Time, now), at.UTC().Format(time.RFC3339)
		}
		rows = append(rows, row)
	}
	return rows
}
