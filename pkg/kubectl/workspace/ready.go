package workspace

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// awaitReady follows the workspace until the providers have made all of its present spec, and answers with that state.
func awaitReady(ctx context.Context, f *util.Factory, client typedv1alpha1.WorkspaceInterface, name string, flags util.WaitFlags) (*v1alpha1.Workspace, error) {
	ctx, cancel := flags.Context(ctx)
	defer cancel()
	progress := f.NewProgress("workspace/" + name)
	defer progress.Done()

	last := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	err := util.Follow(ctx, f.Clock, client, name, func(ws *v1alpha1.Workspace) (bool, error) {
		last = ws
		ready, state, message := readiness(ws)
		progress.Step(state, message)
		return ready, nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && errors.Is(err, cause) {
		err = unfinished(cause, last)
	}
	return last, err
}

// readiness reads the Ready condition: met for the present spec, in one word, and why.
func readiness(ws *v1alpha1.Workspace) (ready bool, state, message string) {
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
	_, state, message := readiness(last)
	if message != "" {
		state += " (" + message + ")"
	}
	return &util.CodedError{
		Code: util.ExitCode(cause),
		Err:  fmt.Errorf("%w: workspace %q is %s; it exists and goes on becoming ready", cause, last.Name, state),
		Hint: fmt.Sprintf("kubectl wait --for=condition=Ready workspace/%s -n %s", last.Name, last.Namespace),
	}
}
