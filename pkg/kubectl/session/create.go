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

var createExample = templates.Examples(`
	# Declare a session, and start it later
	kubectl workspace session create gpu --workspace ws-alice

	# Declare it, start it, print its URL
	kubectl workspace session create gpu --start --workspace ws-alice`)

type createOptions struct {
	change
	state stateFlag
	start bool
}

func newCreateCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &createOptions{change: newChange(f, workspace, "created"), state: stateFlag{v1alpha1.SessionStopped}}
	cmd := &cobra.Command{
		Use:   "create NAME...",
		Short: "Declare sessions, and start them if asked to",
		Long: util.Long(
			"Declare sessions in a workspace. They are stopped until somebody starts them; with --start they are started at once, and their " +
				"URLs are printed when they run. How many sessions a workspace may declare is the server's to say."),
		Example:           createExample,
		Args:              util.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.start && cmd.Flags().Changed("state") && o.state.SessionState != v1alpha1.SessionStarted {
				return util.UsageErrorf(cmd, "--start and --state %s contradict each other: give one of them", o.state.SessionState)
			}
			if o.start {
				o.state.SessionState = v1alpha1.SessionStarted
			}
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.start, "start", o.start, "Start the sessions: the same as --state Started.")
	cmd.Flags().Var(&o.state, "state", "What the sessions shall be: Stopped or Started.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("state", cobra.FixedCompletions(states, cobra.ShellCompDirectiveNoFileComp)))
	o.addFlags(cmd, "", "the sessions that are started are running")
	return cmd
}

func (o *createOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, o.declare)
	if err != nil {
		return o.atLimit(err)
	}
	waits := o.waits() && o.state.SessionState == v1alpha1.SessionStarted
	if !waits || !o.Asked() {
		// Declared they are from here on, whatever becomes of the waiting.
		if err := o.report(ws, "created", o.names); err != nil || !waits {
			return err
		}
	}
	ws, reached, err := o.await(ctx, running, o.names)
	if o.Asked() {
		return o.reportReached(ws, "created", reached, err)
	}
	for _, name := range reached {
		if url := observed(ws, name).URL; url != "" {
			fmt.Fprintln(o.Out, url)
		}
	}
	return err
}

func (o *createOptions) declare(ws *v1alpha1.Workspace) error {
	for _, name := range o.names {
		if has := declared(ws, name); has != nil {
			err := util.Errorf(util.ExitConflict, "workspace %q declares a session %q already, which is %s", ws.Name, name, has.State)
			err.Hint = fmt.Sprintf("%s session start %s --workspace %s", util.Program, name, ws.Name)
			return err
		}
		ws.Spec.Sessions = append(ws.Spec.Sessions, v1alpha1.Session{Name: name, State: o.state.SessionState})
	}
	return nil
}

// atLimit says what to do where the server takes no more sessions. It counts those that are declared: to stop one does not help.
func (o *createOptions) atLimit(err error) error {
	if !util.IsLimit(err) {
		return err
	}
	return &util.CodedError{Code: util.ExitConflict, Err: err,
		Hint: fmt.Sprintf("delete one that nobody needs: %s session delete NAME --workspace %s", util.Program, o.Workspace.Name)}
}

// stateFlag is --state.
type stateFlag struct{ v1alpha1.SessionState }

func (s *stateFlag) String() string { return string(s.SessionState) }
func (s *stateFlag) Type() string   { return strings.Join(states, "|") }

// Set takes a state in any case.
func (s *stateFlag) Set(text string) error {
	for _, state := range states {
		if strings.EqualFold(state, text) {
			s.SessionState = v1alpha1.SessionState(state)
			return nil
		}
	}
	return fmt.Errorf("give %s", strings.Join(states, " or "))
}

var states = []string{string(v1alpha1.SessionStopped), string(v1alpha1.SessionStarted)}
