package util

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// WaitFlags are --wait, --no-wait and --timeout. Wait holds the default before the flags are bound.
type WaitFlags struct {
	Wait    bool
	Timeout time.Duration

	noWait bool
}

// AddTo binds the flags; what says what is waited for.
func (w *WaitFlags) AddTo(cmd *cobra.Command, what string) {
	if w.Timeout == 0 {
		w.Timeout = 5 * time.Minute
	}
	flags := cmd.Flags()
	flags.BoolVar(&w.Wait, "wait", w.Wait, "Wait until "+what+".")
	flags.BoolVar(&w.noWait, "no-wait", w.noWait, "Return at once: the same as --wait=false.")
	flags.DurationVar(&w.Timeout, "timeout", w.Timeout, "How long to wait until "+what+"; 0 waits without limit.")
}

// Complete refuses a negative time and flags that contradict each other.
func (w *WaitFlags) Complete(cmd *cobra.Command) error {
	if w.Timeout < 0 {
		return UsageErrorf(cmd, "--timeout %s: give a time that is not negative, such as 30s or 10m", w.Timeout)
	}
	if w.noWait && w.Wait && cmd.Flags().Changed("wait") {
		return UsageErrorf(cmd, "--wait and --no-wait contradict each other: give one of them")
	}
	w.Wait = w.Wait && !w.noWait
	return nil
}

// Context ends with the cause TimedOut when the time is over.
func (w *WaitFlags) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, w.Timeout, TimedOut{After: w.Timeout})
}

// AwaitReady follows the workspace until the providers have made all of its spec as of the state written, and answers with
// the state that it has then.
func AwaitReady(ctx context.Context, f *Factory, client typedv1alpha1.WorkspaceInterface, written *v1alpha1.Workspace, flags WaitFlags) (*v1alpha1.Workspace, error) {
	ctx, cancel := flags.Context(ctx)
	defer cancel()
	subject := "workspace/" + written.Name
	progress := f.NewProgress(subject)
	defer progress.Done()
	defer f.Explain(ctx, progress, written.Name)()

	last := written
	err := Follow(ctx, f.Clock, client, written.Name, func(ws *v1alpha1.Workspace) (bool, error) {
		last = ws
		ready, state, message := Readiness(ws)
		progress.Step(state, message)
		if ready {
			progress.Over(subject)
		}
		return ready, nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(err, cause) {
		err = unfinished(cause, last)
	}
	return last, err
}

// Readiness reads the Ready condition: met for the present spec, in one word, and why.
func Readiness(ws *v1alpha1.Workspace) (ready bool, state, message string) {
	condition := meta.FindStatusCondition(ws.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case condition == nil:
		return false, "Waiting", ""
	case condition.Status == "True" && ws.Status.ObservedGeneration >= ws.Generation:
		return true, "Ready", ""
	case condition.Status == "True":
		return false, "Updating", ""
	}
	return false, condition.Reason, condition.Message
}

// unfinished says, for a wait that was cut short, how far the workspace had come.
func unfinished(cause error, last *v1alpha1.Workspace) error {
	_, state, message := Readiness(last)
	if message != "" {
		state += " (" + message + ")"
	}
	return &CodedError{
		Code: ExitCode(cause),
		Err:  fmt.Errorf("%w: workspace %q is %s; it exists and goes on becoming ready", cause, last.Name, state),
		Hint: fmt.Sprintf("kubectl wait --for=condition=Ready workspace/%s -n %s", last.Name, last.Namespace),
	}
}
