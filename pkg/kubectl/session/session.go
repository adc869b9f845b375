package session

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// phaseRunning is the one phase that all providers share: the session can be used.
const phaseRunning = "Running"

// NewCommand is the "session" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("session", "List, create, start, stop and open the interactive sessions of a workspace")
	cmd.Aliases = []string{"sessions"}
	workspace.AddTo(f, cmd)
	cmd.AddCommand(
		newListCommand(f, workspace), newCreateCommand(f, workspace), newStartCommand(f, workspace), newStopCommand(f, workspace),
		newRestartCommand(f, workspace), newDeleteCommand(f, workspace), newOpenCommand(f, workspace), newLogsCommand(f, workspace),
	)
	return cmd
}

// declared is the session's entry in the spec; nil: the workspace does not declare it.
func declared(ws *v1alpha1.Workspace, name string) *v1alpha1.Session {
	for i := range ws.Spec.Sessions {
		if ws.Spec.Sessions[i].Name == name {
			return &ws.Spec.Sessions[i]
		}
	}
	return nil
}

func declaredNames(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, session := range ws.Spec.Sessions {
		names = append(names, session.Name)
	}
	return names
}

// observed is what the provider says of the session; empty while it says nothing.
func observed(ws *v1alpha1.Workspace, name string) v1alpha1.SessionStatus {
	for _, status := range ws.Status.Sessions {
		if status.Name == name {
			return status
		}
	}
	return v1alpha1.SessionStatus{Name: name}
}

// notDeclared names the sessions that there are.
func notDeclared(ws *v1alpha1.Workspace, name string) error {
	names := declaredNames(ws)
	known := "it declares none"
	if len(names) > 0 {
		known = "it declares " + strings.Join(names, ", ")
	}
	return util.Errorf(util.ExitNotFound, "workspace %q declares no session %q: %s", ws.Name, name, known)
}

// phaseOf is the phase to show for a session.
func phaseOf(status v1alpha1.SessionStatus) string {
	if status.Phase != "" {
		return status.Phase
	}
	return "Waiting"
}
