package session

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var restartExample = templates.Examples(`
	# Stop the session "default", start it again, print its URL
	kubectl workspace session restart default --workspace ws-alice

	# All of them, without waiting until they run again
	kubectl workspace session restart --all --no-wait --workspace ws-alice`)

type restartOptions struct{ change }

func newRestartCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &restartOptions{newChange(f, workspace, "restarted")}
	cmd := &cobra.Command{
		Use:   "restart (NAME... | --all)",
		Short: "Stop sessions, start them again, and wait until they are running",
		Long: util.Long(
			"Stop sessions of a workspace, wait until they have stopped, start them again, wait until they are running, and print "+
				"the URL of each. Their volumes are kept. One that is stopped already is started.",
			"When it is interrupted before the sessions have stopped, they stay stopped: start them with the command \"start\". "+
				"With --no-wait it comes back as soon as they have been asked to start again."),
		Example:           restartExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd, "Restart", "the sessions are running again")
	return cmd
}

func (o *restartOptions) run(ctx context.Context) error {
	// One time for both halves.
	ctx, cancel := o.Context(ctx)
	defer cancel()
	ws, err := o.each(ctx, stop)
	if err != nil {
		return o.leftStopped(ctx, err)
	}
	if o.NeverWritten() {
		return o.report(ws, "restarted", o.names)
	}
	if o.none() {
		return nil
	}
	ws, reached, err := o.await(ctx, stoppedFirst, o.names)
	if len(reached) == 0 {
		return err
	}
	failed := o.startAgain(ctx, ws, reached)
	return oneError(append(failed, listed(err)...))
}

// startAgain is the second half. Who interrupts it between the two must know that nothing runs.
func (o *restartOptions) startAgain(ctx context.Context, ws *v1alpha1.Workspace, names []string) []error {
	if cause := context.Cause(ctx); cause != nil {
		return []error{stoppedFirst.unfinished(cause, ws, names)}
	}
	return listed(o.start(ctx, names))
}

// leftStopped says what may be stopped, and is not started again, when the first half was cut short.
func (o *restartOptions) leftStopped(ctx context.Context, err error) error {
	if o.NeverWritten() || len(o.names) == 0 {
		return err
	}
	return util.Unconfirmed(ctx, err, fmt.Sprintf("the stop of %s: what has stopped is not started again", strings.Join(subjects(o.names), ", ")),
		fmt.Sprintf("%s session start %s %s", util.Program, strings.Join(o.names, " "), o.where()))
}
