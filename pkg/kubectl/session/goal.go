package session

import (
	"fmt"
	"strings"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// goal is what can be waited for of a session.
type goal struct {
	state   v1alpha1.SessionState
	reached func(v1alpha1.SessionStatus) bool
	// gone: the goal is that the workspace declares the session no longer.
	gone bool
	// overtaken says that somebody has asked for the opposite meanwhile: there is nothing left to wait for.
	overtaken string
	// goesOn says what the session does when nobody waits any longer.
	goesOn string
	// next is the verb that takes up what was cut short; empty: it comes to its end by itself.
	next string
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
	state:     v1alpha1.SessionStopped,
	reached:   hasStopped,
	overtaken: "session %q was started again while it was stopping",
	goesOn:    "it goes on stopping",
}

// stoppedFirst is the first half of a restart.
var stoppedFirst = goal{
	state:     v1alpha1.SessionStopped,
	reached:   hasStopped,
	overtaken: stopped.overtaken,
	goesOn:    "it is not started again",
	next:      "start",
}

var deleted = goal{
	state: v1alpha1.SessionStopped,
	gone:  true,
	// Providers drop the entry of a session that is no longer declared, or keep it as Stopped.
	reached:   func(s v1alpha1.SessionStatus) bool { return s.State == "" && s.Phase == "" || hasStopped(s) },
	overtaken: "session %q was declared again while it was being deleted",
	goesOn:    "its deletion goes on",
}

func hasStopped(s v1alpha1.SessionStatus) bool {
	switch s.Phase {
	case phaseRunning, "Stopping", "Terminating":
		return false
	}
	// Providers drop the entry of a stopped session or keep it as Stopped.
	return s.State != v1alpha1.SessionStarted
}

// progress names how far the session has come; what the provider still says of the opposite state is old news.
func (g goal) progress(status v1alpha1.SessionStatus) string {
	switch {
	case g.reached(status) && g.gone:
		return "Deleted"
	case g.reached(status) && g.state == v1alpha1.SessionStopped:
		return "Stopped"
	case status.State != "" && status.State != g.state && status.Phase != "Stopping" && status.Phase != "Terminating":
		return "Requested"
	}
	return phaseOf(status)
}

// missed is an error when the goal can be reached no longer, as the workspace now wants something else of the session.
func (g goal) missed(ws *v1alpha1.Workspace, name string) error {
	session := declared(ws, name)
	switch {
	case g.gone && session != nil, !g.gone && session != nil && session.State != "" && session.State != g.state:
		return util.Errorf(util.ExitConflict, g.overtaken, name)
	case !g.gone && session == nil:
		return notDeclared(ws, name)
	}
	return nil
}

// unfinished says, for a wait that was cut short, how far the sessions had come and that they go on by themselves.
func (g goal) unfinished(cause error, ws *v1alpha1.Workspace, names []string) error {
	var states []string
	for _, name := range names {
		status := observed(ws, name)
		state := g.progress(status)
		if status.Message != "" {
			state += " (" + status.Message + ")"
		}
		states = append(states, fmt.Sprintf("session %q is %s; %s", name, state, g.goesOn))
	}
	hint := "session list -o wide"
	if g.next != "" {
		hint = "session " + g.next + " " + strings.Join(names, " ")
	}
	return &util.CodedError{
		Code: util.ExitCode(cause),
		Err:  fmt.Errorf("%w: %s", cause, strings.Join(states, "; ")),
		Hint: fmt.Sprintf("%s %s --workspace %s -n %s", util.Program, hint, ws.Name, ws.Namespace),
	}
}
