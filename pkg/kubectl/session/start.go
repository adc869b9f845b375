package session

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var startExample = templates.Examples(`
	# Start the session "default", wait until it is running, print its URL
	kubectl workspace session start default --workspace ws-alice

	# Start two, or all that the workspace declares
	kubectl workspace session start default gpu --workspace ws-alice
	kubectl workspace session start --all --workspace ws-alice

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
		Use:   "start (NAME... | --all)",
		Short: "Start sessions and wait until they are running",
		Long: util.Long(
			"Start declared sessions of a workspace, wait until they are running, and print the URL of each, after its "+
				"name where there are several.",
			"Starting a session that is running already prints its URL. With -o the answers of the server are "+
				"printed instead, a WorkspaceLaunch for each session with its last state."),
		Example:           startExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addFlags(cmd, "Start", "the sessions are running")
	return cmd
}

func (o *startOptions) run(ctx context.Context) error {
	if o.all {
		ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		if o.names = declaredNames(ws); o.none() {
			return nil
		}
	}
	return o.start(ctx, o.names)
}

// start starts sessions, waits for them if that is asked for, and prints what has come of each.
func (c *change) start(ctx context.Context, names []string) error {
	var failed []error
	launches, err := c.launch(ctx, names)
	if err != nil {
		failed = append(failed, err)
	}
	if c.waits() {
		if launches, err = c.awaitRunning(ctx, launches); err != nil {
			failed = append(failed, err)
		}
	}
	for _, launch := range launches {
		if err := c.printLaunch(launch); err != nil {
			failed = append(failed, err)
		}
	}
	return oneError(failed)
}

// launch asks for the start of sessions, and answers for those that were accepted. Unlike a change of the sessions it needs no more
// than access to the workspace.
func (c *change) launch(ctx context.Context, names []string) (launches []*v1alpha1.WorkspaceLaunch, err error) {
	var failed []error
	for _, name := range names {
		launch := &v1alpha1.WorkspaceLaunch{
			ObjectMeta: metav1.ObjectMeta{Name: c.Workspace.Name},
			Spec:       v1alpha1.WorkspaceLaunchSpec{Session: name},
		}
		if !c.ClientOnly() {
			options := metav1.CreateOptions{FieldManager: c.FieldManager, DryRun: c.DryRunAll()}
			if launch, err = c.Client.CreateLaunch(ctx, c.Workspace.Name, launch, options); err != nil {
				failed = append(failed, c.notConfirmed(ctx, name, err))
				continue
			}
		}
		launches = append(launches, launch)
	}
	return launches, oneError(failed)
}

// notConfirmed says of a session whose start was cut short that it may be left stopped.
func (c *change) notConfirmed(ctx context.Context, name string, err error) error {
	if c.NeverWritten() {
		return err
	}
	return util.Unconfirmed(ctx, err, fmt.Sprintf("that session %q starts: it may be left stopped", name),
		fmt.Sprintf("%s session start %s %s", util.Program, name, c.where()))
}

// where are the flags by which another command line means the same workspace.
func (c *change) where() string {
	namespace, _ := c.Namespace() // of a kubeconfig that could be read
	return fmt.Sprintf("--workspace %s -n %s", c.Workspace.Name, namespace)
}

// awaitRunning waits for what was launched, and answers with the last states of those that have come to run.
func (c *change) awaitRunning(ctx context.Context, launches []*v1alpha1.WorkspaceLaunch) ([]*v1alpha1.WorkspaceLaunch, error) {
	var names []string
	for _, launch := range launches {
		names = append(names, launch.Spec.Session)
	}
	ws, reached, err := c.await(ctx, running, names)
	launches = slices.DeleteFunc(launches, func(launch *v1alpha1.WorkspaceLaunch) bool {
		return !slices.Contains(reached, launch.Spec.Session)
	})
	for _, launch := range launches {
		launch.Status = observed(ws, launch.Spec.Session)
	}
	return launches, err
}

// printLaunch prints the URL, which is the data; what else there is to say is for the user's eyes.
func (c *change) printLaunch(launch *v1alpha1.WorkspaceLaunch) error {
	name := launch.Spec.Session
	switch {
	case c.Asked():
		return c.PrintObj(launch, c.IOStreams)
	case c.NeverWritten():
		c.Progressf("session/%s: would be started%s", name, c.Remark())
	case launch.Status.URL != "" && len(c.names) > 1:
		fmt.Fprintf(c.Out, "%s %s\n", name, launch.Status.URL)
	case launch.Status.URL != "":
		fmt.Fprintln(c.Out, launch.Status.URL)
	case !c.Wait:
		c.Progressf("session/%s: start requested", name)
	default:
		c.Progressf("session/%s: running, without a URL", name)
	}
	return nil
}
