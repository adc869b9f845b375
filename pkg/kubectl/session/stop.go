package session

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
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
	if o.waits() {
		if _, ws, err = o.await(ctx, stopped); err != nil {
			return err
		}
	}
	if o.write.Asked() {
		return o.write.PrintObj(ws, o.IOStreams)
	}
	done := "stopped"
	if o.NoWait {
		done = "stop requested"
	}
	fmt.Fprintf(o.Out, "session/%s %s%s\n", o.name, done, o.write.Remark())
	return nil
}

// stop sets the session Stopped. Others may change the workspace at the same time: a conflict starts over from what
// they have left, so that theirs and ours both hold.
func (o *stopOptions) stop(ctx context.Context) (ws *v1alpha1.Workspace, err error) {
	options := metav1.UpdateOptions{FieldManager: o.write.FieldManager, DryRun: o.write.DryRunAll()}
	err = retry.RetryOnConflict(util.ConflictBackoff, func() error {
		if ws, err = o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{}); err != nil {
			return err
		}
		session := declared(ws, o.name)
		if session == nil {
			return notDeclared(ws, o.name)
		}
		if session.State == v1alpha1.SessionStopped {
			return nil
		}
		session.State = v1alpha1.SessionStopped
		if o.write.ClientOnly() {
			return nil
		}
		ws, err = o.client.UpdateSessions(ctx, o.workspace.Name, ws, options)
		return err
	})
	return ws, err
}
