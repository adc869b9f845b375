package session

import (
	"context"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// goal is a state of a session that can be waited for.
type goal struct {
	state   v1alpha1.SessionState
	reached func(v1alpha1.SessionStatus) bool
	// overtaken says that somebody has asked for the opposite meanwhile: there is nothing left to wait for.
	overtaken string
	// goesOn says what the session does when nobody waits any longer.
	goesOn string
}

var running = goal{
	state: v1alpha1.SessionStarted,
	reached: func(s v1alpha1.SessionStatus) bool {
		return s.State != v1alpha1.SessionStopped && s.Phase == phaseRunning
	},
	overtaken: "session %q was stopped while it was starting",
	goesOn:    "it goes on starting",
}

var stopped = goal{
	state: v1alpha1.SessionStopped,
	reached: func(s v1alpha1.SessionStatus) bool {
		switch s.Phase {
		case phaseRunning, "Stopping", "Terminating":
			return false
		}
		// Providers drop the entry of a stopped session or keep it as Stopped.
		return s.State != v1alpha1.SessionStarted
	},
	overtaken: "session %q was started again while it was stopping",
	goesOn:    "it goes on stopping",
}

// progress names how far the session has come; what the provider still says of the opposite state is old news.
func (g goal) progress(status v1alpha1.SessionStatus) string {
	if status.State != "" && status.State != g.state {
		return "Requested"
	}
	return phaseOf(status)
}

// unfinished says, for a wait that was cut short, how far the session had come and that it goes on by itself.
func (g goal) unfinished(cause error, status v1alpha1.SessionStatus, ws *v1alpha1.Workspace) error {
	state := g.progress(status)
	if status.Message != "" {
		state += " (" + status.Message + ")"
	}
	return &util.CodedError{
		Code: util.ExitCode(cause),
		Err:  fmt.Errorf("%w: session %q is %s; %s", cause, status.Name, state, g.goesOn),
		Hint: fmt.Sprintf("%s session list --workspace %s -n %s -o wide", util.Program, ws.Name, ws.Namespace),
	}
}

// await follows the workspace until the session has reached the goal, and answers with the session's last state.
func (c *change) await(ctx context.Context, g goal) (v1alpha1.SessionStatus, *v1alpha1.Workspace, error) {
	ctx, cancel := c.WaitFlags.Context(ctx)
	defer cancel()
	progress := c.NewProgress("session/" + c.name)
	defer progress.Done()

	last := v1alpha1.SessionStatus{Name: c.name}
	seen := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: c.Workspace.Name}}
	err := util.Follow(ctx, c.Clock, c.Client, c.Workspace.Name, func(ws *v1alpha1.Workspace) (bool, error) {
		seen, last = ws, observed(ws, c.name)
		session := declared(ws, c.name)
		if session == nil {
			return true, notDeclared(ws, c.name)
		}
		if session.State != "" && session.State != g.state {
			return true, util.Errorf(util.ExitConflict, g.overtaken, c.name)
		}
		progress.Step(g.progress(last), last.Message)
		return g.reached(last), nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(err, cause) {
		err = g.unfinished(cause, last, seen)
	}
	return last, seen, err
}
