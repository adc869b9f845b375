package session

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var stopExample = templates.Examples(`
	# Stop the session "default" and wait until it has stopped; its volume is kept
	kubectl workspace session stop default --workspace ws-alice

	# Ask for it and come back at once
	kubectl workspace session stop default --workspace ws-alice --no-wait`)

type stopOptions struct{ change }

func newStopCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &stopOptions{newChange(f, workspace, "changed")}
	cmd := &cobra.Command{
		Use:   "stop NAME",
		Short: "Stop a session and wait until it has stopped",
		Long: util.Long(
			"Stop a session of a workspace and wait until it has stopped. The session stays declared and its " +
				"volume is kept: start it again at any time. With -o the workspace is printed."),
		Example: stopExample,
		Args:    util.OneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd, "the session has stopped")
	return cmd
}

func (o *stopOptions) run(ctx context.Context) error {
	ws, err := o.stop(ctx)
	if err != nil {
		return err
	}
	if o.Wait && !o.NeverWritten() {
		if _, ws, err = o.await(ctx, stopped); err != nil {
			return err
		}
	}
	if o.Asked() {
		return o.PrintObj(ws, o.IOStreams)
	}
	done := "stopped"
	if !o.Wait {
		done = "stop requested"
	}
	fmt.Fprintf(o.Out, "session/%s %s%s\n", o.name, done, o.Remark())
	return nil
}

func (o *stopOptions) stop(ctx context.Context) (*v1alpha1.Workspace, error) {
	return o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		session := declared(ws, o.name)
		if session == nil {
			return notDeclared(ws, o.name)
		}
		session.State = v1alpha1.SessionStopped
		return nil
	})
}
