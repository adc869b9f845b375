package session

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var stopExample = templates.Examples(`
	# Stop the session "default" and wait until it has stopped; its volume is kept
	kubectl workspace session stop default --workspace ws-alice

	# Stop all of them for the night
	kubectl workspace session stop --all --workspace ws-alice

	# Ask for it and come back at once
	kubectl workspace session stop default --workspace ws-alice --no-wait`)

type stopOptions struct{ change }

func newStopCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &stopOptions{newChange(f, workspace, "changed")}
	cmd := &cobra.Command{
		Use:   "stop (NAME... | --all)",
		Short: "Stop sessions and wait until they have stopped",
		Long: util.Long(
			"Stop sessions of a workspace and wait until they have stopped. They stay declared and their " +
				"volumes are kept: start them again at any time. With -o the workspace is printed."),
		Example:           stopExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd, "Stop", "the sessions have stopped")
	return cmd
}

func (o *stopOptions) run(ctx context.Context) error {
	ws, err := o.each(ctx, stop)
	if err != nil {
		return err
	}
	if !o.waits() || len(o.names) == 0 {
		done := "stopped"
		if !o.NeverWritten() {
			done = "stop requested"
		}
		return o.report(ws, done, o.names)
	}
	ws, reached, err := o.await(ctx, stopped, o.names)
	return o.reportReached(ws, "stopped", reached, err)
}

func stop(_ *v1alpha1.Workspace, session *v1alpha1.Session) { session.State = v1alpha1.SessionStopped }
