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

var openExample = templates.Examples(`
	# Open a running session in the browser
	kubectl workspace session open default --workspace ws-alice

	# Start it first, if it is stopped
	kubectl workspace session open default --start --workspace ws-alice

	# Where its URL is, for a script
	kubectl workspace session open default --print-url --workspace ws-alice

	# Through the Kubernetes API, where the URL cannot be reached; ends with Ctrl-C
	kubectl workspace session open default --proxy --workspace ws-alice`)

type openOptions struct {
	change
	start, printURL, noBrowser, proxy bool
	port                              uint16
}

func newOpenCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &openOptions{change: newChange(f, workspace, "opened")}
	cmd := &cobra.Command{
		Use:   "open NAME",
		Short: "Open a session in the browser",
		Long: util.Long(
			"Wait until a session is running and open it in the browser.",
			"With --proxy the session is reached through the Kubernetes API, with the rights of your kubeconfig and nothing else: "+
				"a port of this machine's loopback address leads to it until you press Ctrl-C. Only who knows the address "+
				"that is opened, key included, gets through."),
		Example:           openExample,
		Args:              util.OneName,
		ValidArgsFunction: workspace.CompleteItems(f, 1, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("port") && !o.proxy {
				return util.UsageErrorf(cmd, "--port is the one that --proxy listens on: give both or neither")
			}
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&o.start, "start", o.start, "Start the session if it is stopped.")
	flags.BoolVar(&o.printURL, "print-url", o.printURL, "Print the URL alone and open nothing.")
	flags.BoolVar(&o.noBrowser, "no-browser", o.noBrowser, "Say where the session is and open nothing.")
	flags.BoolVar(&o.proxy, "proxy", o.proxy, "Reach the session through the Kubernetes API, until interrupted.")
	flags.Uint16Var(&o.port, "port", o.port, "The port that --proxy listens on; 0: any that is free.")
	o.Wait = true
	o.WaitFlags.AddTo(cmd, "the session is running")
	return cmd
}

// complete is without the flags of writing: to open a session changes nothing but whether it runs.
func (o *openOptions) complete(cmd *cobra.Command, args []string) (err error) {
	o.names = args
	if err := o.Workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.WaitFlags.Complete(cmd); err != nil {
		return err
	}
	o.Client, err = o.Workspaces()
	return err
}

func (o *openOptions) run(ctx context.Context) error {
	name := o.names[0]
	ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	session := declared(ws, name)
	switch {
	case session == nil:
		return notDeclared(ws, name)
	case session.State == v1alpha1.SessionStopped && !o.start:
		return notRunning(ws, name, "is stopped", "open "+name+" --start")
	case session.State == v1alpha1.SessionStopped:
		if _, err := o.launch(ctx, o.names); err != nil {
			return err
		}
	}
	if !running.reached(observed(ws, name)) || session.State == v1alpha1.SessionStopped {
		if !o.Wait {
			return notRunning(ws, name, "is not running yet", "session list")
		}
		if ws, _, err = o.await(ctx, running, o.names); err != nil {
			return err
		}
	}
	if o.proxy {
		return o.serve(ctx, ws, name)
	}
	url := observed(ws, name).URL
	if url == "" {
		return notRunning(ws, name, "has no URL", "open "+name+" --proxy")
	}
	return o.show(name, url)
}

// notRunning says that a session cannot be opened, and the command that helps.
func notRunning(ws *v1alpha1.Workspace, name, why, command string) error {
	err := util.Errorf(util.ExitNotReady, "session %q of workspace %q %s", name, ws.Name, why)
	err.Hint = fmt.Sprintf("%s session %s --workspace %s -n %s", util.Program, command, ws.Name, ws.Namespace)
	return err
}

// show opens the address, or says where it is.
func (o *openOptions) show(name, address string) error {
	if o.printURL {
		fmt.Fprintln(o.Out, address)
		return nil
	}
	o.Progressf("session/%s: %s", name, address)
	if o.noBrowser {
		return nil
	}
	if err := util.OpenInBrowser(address); err != nil {
		return util.Errorf(util.ExitError, "no browser could be opened: %w: open the address yourself, or take --print-url", err)
	}
	return nil
}
