package session

import (
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var listExample = templates.Examples(`
	# The sessions of a workspace
	kubectl workspace session list --workspace ws-alice

	# Those of all workspaces that you may see, and what becomes of them
	kubectl workspace session list -A --watch

	# For a script
	kubectl workspace session list --workspace ws-alice -o json
	kubectl workspace session list --workspace ws-alice -o jsonpath='{.items[?(@.phase=="Running")].url}'`)

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return util.NewListCommand(f, workspace, util.ListSpec{
		Short:   "List the sessions of a workspace",
		Long:    "List the sessions that a workspace declares, with their state, phase and URL.",
		Example: listExample,
		Kind:    "Session",
		Columns: []util.Column{{Name: "Name"}, {Name: "State"}, {Name: "Phase"}, {Name: "URL"}, {Name: "Message", Wide: true}},
		Rows:    rows,
	})
}

// rows are what is declared, with what the provider says of it.
func rows(ws *v1alpha1.Workspace, _ time.Time) []util.Row {
	var rows []util.Row
	for _, session := range ws.Spec.Sessions {
		status := observed(ws, session.Name)
		phase := status.Phase
		if session.State != v1alpha1.SessionStopped {
			phase = phaseOf(status)
		}
		rows = append(rows, util.Row{
			Name: session.Name,
			Fields: map[string]any{
				"name": session.Name, "state": string(session.State), "phase": status.Phase, "url": status.URL, "message": status.Message,
			},
			Cells: []any{session.Name, string(session.State), phase, status.URL, status.Message},
		})
	}
	return rows
}
