package session

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var startExample = templates.Examples(`
	# Start the session "default", wait until it is running, print its URL
	kubectl workspace session start default --workspace ws-alice

	# Ask for it and come back at once
	kubectl workspace session start default --workspace ws-alice --no-wait

	# Give up waiting after a minute (exit code 124); the session goes on starting
	kubectl workspace session start default --workspace ws-alice --timeout 1m

	# Ask the server whether it would be accepted
	kubectl workspace session start default --workspace ws-alice --dry-run=server`)

type startOptions struct{ change }

func newStartCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &startOptions{newChange(f, workspace, "requested")}
	cmd := &cobra.Command{
		Use:   "start NAME",
		Short: "Start a session and wait until it is running",
		Long: util.Long(
			"Start a declared session of a workspace, wait until it is running, and print its URL.",
			"Starting a session that is running already prints its URL. With -o the answer of the server is "+
				"printed instead, a WorkspaceLaunch with the session's last state."),
		Example: startExample,
		Args:    util.OneName,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd, "the session is running")
	return cmd
}

func (o *startOptions) run(ctx context.Context) error {
	launch := &v1alpha1.WorkspaceLaunch{
		ObjectMeta: metav1.ObjectMeta{Name: o.Workspace.Name},
		Spec:       v1alpha1.WorkspaceLaunchSpec{Session: o.name},
	}
	if !o.ClientOnly() {
		options := metav1.CreateOptions{FieldManager: o.FieldManager, DryRun: o.DryRunAll()}
		answer, err := o.Client.CreateLaunch(ctx, o.Workspace.Name, launch, options)
		if err != nil {
			return err
		}
		launch = answer
	}
	if o.Wait && !o.NeverWritten() {
		status, _, err := o.await(ctx, running)
		if err != nil {
			return err
		}
		launch.Status = status
	}
	return o.print(launch)
}

func (o *startOptions) print(launch *v1alpha1.WorkspaceLaunch) error {
	switch {
	case o.Asked():
		return o.PrintObj(launch, o.IOStreams)
	case o.NeverWritten():
		o.Progressf("session/%s: would be started%s", o.name, o.Remark())
	case launch.Status.URL != "":
		fmt.Fprintln(o.Out, launch.Status.URL)
	case !o.Wait:
		o.Progressf("session/%s: start requested", o.name)
	default:
		o.Progressf("session/%s: running, without a URL", o.name)
	}
	return nil
}
