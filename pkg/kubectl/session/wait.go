package session

import (
	"context"
	"errors"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// await follows the workspace until the sessions have reached the goal, and answers with its last state and those that
// have. One that cannot reach it any longer holds none of the others up.
func (c *change) await(ctx context.Context, g goal, names []string) (ws *v1alpha1.Workspace, reached []string, err error) {
	if len(names) == 0 {
		return nil, nil, nil
	}
	ctx, cancel := c.WaitFlags.Context(ctx)
	defer cancel()
	progress := c.NewProgress(subjects(names)...)
	defer progress.Done()
	defer c.Explain(ctx, progress, c.Workspace.Name)()

	w := &wait{goal: g, progress: progress, pending: slices.Clone(names)}
	w.seen = &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: c.Workspace.Name}}
	err = util.Follow(ctx, c.Clock, c.Client, c.Workspace.Name, w.visit)
	if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(err, cause) {
		err = g.unfinished(cause, w.seen, w.pending)
	}
	if err != nil {
		w.failed = append(w.failed, err)
	}
	// In the order in which they were named.
	reached = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return !slices.Contains(w.reached, name) })
	return w.seen, reached, oneError(w.failed)
}

// wait is how far a wait has come.
type wait struct {
	goal
	progress *util.Progress
	seen     *v1alpha1.Workspace
	pending  []string
	reached  []string
	failed   []error
}

func (w *wait) visit(ws *v1alpha1.Workspace) (bool, error) {
	w.seen = ws
	w.pending = slices.DeleteFunc(w.pending, func(name string) bool {
		if err := w.missed(ws, name); err != nil {
			w.failed = append(w.failed, err)
			return true
		}
		status := observed(ws, name)
		w.progress.StepOf(subject(name), w.goal.progress(status), status.Message)
		if !w.goal.reached(status) {
			return false
		}
		w.progress.Over(subject(name))
		w.reached = append(w.reached, name)
		return true
	})
	return len(w.pending) == 0, nil
}

func subject(name string) string { return "session/" + name }

func subjects(names []string) []string {
	var subjects []string
	for _, name := range names {
		subjects = append(subjects, subject(name))
	}
	return subjects
}

// oneError is all of them as one; a single one as it is, with its exit code and its hint.
func oneError(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	return utilerrors.NewAggregate(errs)
}

// listed is the error as a list that may be empty.
func listed(err error) []error {
	if err == nil {
		return nil
	}
	return []error{err}
}
