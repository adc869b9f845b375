package workspace

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// lost is the sentence that says what is deleted, for whoever has to agree.
func lost(workspaces []v1alpha1.Workspace) string {
	var names, content []string
	buckets, sessions, stored := 0, 0, 0
	for _, ws := range workspaces {
		names = append(names, ws.Name)
		buckets, sessions, stored = buckets+len(ws.Spec.Storage.Buckets), sessions+len(ws.Spec.Sessions), stored+len(stores(ws.Spec.Stores))
	}
	for _, kind := range []struct {
		count int
		name  string
	}{{buckets, "bucket"}, {sessions, "session"}, {stored, "store"}} {
		if kind.count > 0 {
			content = append(content, count(kind.count, kind.name))
		}
	}
	what := "workspace " + names[0]
	if len(names) > 1 {
		what = fmt.Sprintf("%d workspaces (%s)", len(names), strings.Join(names, ", "))
	}
	if len(content) > 0 {
		what += " with " + strings.Join(content, ", ")
	}
	return fmt.Sprintf("This deletes %s in namespace %s, for good.", what, workspaces[0].Namespace)
}

// retype is what has to be typed: the name of one workspace, and of several how many they are, so that nobody deletes more
// than he thinks.
func retype(workspaces []v1alpha1.Workspace) string {
	if len(workspaces) == 1 {
		return workspaces[0].Name
	}
	return fmt.Sprintf("delete %d workspaces", len(workspaces))
}

func count(n int, name string) string {
	if n == 1 {
		return "1 " + name
	}
	return fmt.Sprintf("%d %ss", n, name)
}

// await follows the workspaces, one after the other, until all are gone; the time is for all together.
func (o *deleteOptions) await(ctx context.Context, deleted []v1alpha1.Workspace) error {
	ctx, cancel := o.WaitFlags.Context(ctx)
	defer cancel()
	for i := range deleted {
		if err := o.awaitGone(ctx, &deleted[i]); err != nil {
			return err
		}
	}
	return nil
}

func (o *deleteOptions) awaitGone(ctx context.Context, deleted *v1alpha1.Workspace) error {
	progress := o.NewProgress("workspace/" + deleted.Name)
	defer progress.Done()
	last := deleted
	err := util.Follow(ctx, o.Clock, o.client, deleted.Name, func(ws *v1alpha1.Workspace) (bool, error) {
		if ws.UID != deleted.UID {
			return true, nil // made anew: the one that was deleted is gone
		}
		last = ws
		state, waitsFor := leaving(ws)
		progress.Step(state, finalizers.ReplaceAllString(waitsFor, ""))
		return false, nil
	})
	switch cause := context.Cause(ctx); {
	case err == nil, apierrors.IsNotFound(err):
		progress.Step("Gone", "")
		return nil
	case cause != nil && errors.Is(err, cause):
		return goesOn(cause, last)
	}
	return err
}

// finalizers come and go by the moment: who watches is told what holds the workspace, and who has watched in vain by what.
var finalizers = regexp.MustCompile(` \(finalizers [^)]*\)`)

// leaving is how far a deletion has come, and what it waits for.
func leaving(ws *v1alpha1.Workspace) (state, waitsFor string) {
	_, state, waitsFor = util.Readiness(ws)
	if ws.DeletionTimestamp == nil {
		return "Requested", ""
	}
	if len(ws.Finalizers) > 0 {
		waitsFor = strings.TrimPrefix(waitsFor+"; finalizers "+strings.Join(ws.Finalizers, ", "), "; ")
	}
	return state, waitsFor
}

// goesOn says, for a wait that was cut short, what the deletion waits for and that it goes on by itself.
func goesOn(cause error, last *v1alpha1.Workspace) error {
	state, waitsFor := leaving(last)
	if waitsFor != "" {
		state += " (" + waitsFor + ")"
	}
	return &util.CodedError{
		Code: util.ExitCode(cause),
		Err:  fmt.Errorf("%w: workspace %q is %s; it goes on being deleted", cause, last.Name, state),
		Hint: fmt.Sprintf("%s describe %s -n %s", util.Program, last.Name, last.Namespace),
	}
}
