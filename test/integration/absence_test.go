package integration

import (
	"fmt"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/compose"
	"github.com/eoepca/workspaces/test/integration/env"
)

// A Datalab that vanishes under a living Storage takes nothing of the workspace's history with it: the workspace stays, and
// neither its version nor its generation goes back, for watchers and readers of both replicas; nor when the Datalab returns.
func TestAbsenceOfADatalabHasAVersion(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	client := e.Replicas[0].Workspaces(ns)
	made := create(t, client, env.Workspace(ns, "lone"))
	recorders := []*env.Recorder{
		env.Record(t, e.Replicas[0].Workspaces(ns), made.ResourceVersion),
		env.Record(t, e.Replicas[1].Workspaces(ns), made.ResourceVersion),
	}
	for round := range 3 {
		changed, err := patch(t, client, "lone", object{"spec": object{"members": []any{object{"name": fmt.Sprintf("m%d", round)}}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := e.Datalabs(ns).Delete(t.Context(), "lone", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		for i, replica := range e.Replicas {
			now := get(t, replica.Workspaces(ns), "lone")
			if env.Version(t, now.ResourceVersion) <= env.Version(t, changed.ResourceVersion) {
				t.Errorf("replica %d: version %s without the Datalab, %s with it", i, now.ResourceVersion, changed.ResourceVersion)
			}
			if now.Generation <= changed.Generation {
				t.Errorf("replica %d: generation %d without the Datalab, %d with it", i, now.Generation, changed.Generation)
			}
			if now.UID != made.UID || len(now.Spec.Members) > 0 {
				t.Errorf("replica %d: without the Datalab it is %+v", i, now.Spec)
			}
		}
		env.Eventually(t, "the Storage says so", func() error {
			if !strings.Contains(getPart(t, e.Storages(ns), "lone").GetAnnotations()[compose.AbsenceAnnotation], "revision") {
				return fmt.Errorf("it does not")
			}
			return nil
		})
		createPart(t, e.Datalabs(ns), datalabOf("lone", object{"users": []any{"bob"}}))
	}
	last, err := patch(t, client, "lone", object{"metadata": object{"labels": object{"last": "one"}}})
	if err != nil {
		t.Fatal(err)
	}
	for i, recorder := range recorders {
		generation := made.Generation
		for _, event := range recorder.AwaitVersion(t, env.Version(t, last.ResourceVersion)) {
			if event.Type != "MODIFIED" {
				t.Errorf("replica %d sent %s", i, event)
			}
			if event.Workspace.Generation < generation {
				t.Errorf("replica %d: generation %d after %d", i, event.Workspace.Generation, generation)
			}
			generation = event.Workspace.Generation
		}
		if t.Failed() {
			for _, event := range recorder.Events() {
				t.Logf("replica %d: %s", i, event)
			}
		}
	}
}

// A Datalab that is deleted right after its workspace was made is not made again, although the Storage still holds the
// intent that made it: the mark of its absence takes that away.
func TestADatalabThatWasDeletedIsNotMadeAgain(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, "lone"))
	if getPart(t, e.Storages(ns), "lone").GetAnnotations()[compose.IntentAnnotation] == "" {
		t.Fatal("the Storage holds no intent: what is tested here cannot happen")
	}
	if err := e.Datalabs(ns).Delete(t.Context(), "lone", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the Storage is marked", func() error {
		if !strings.Contains(getPart(t, e.Storages(ns), "lone").GetAnnotations()[compose.AbsenceAnnotation], "revision") {
			return fmt.Errorf("it is not")
		}
		return nil
	})
	if intent, held := getPart(t, e.Storages(ns), "lone").GetAnnotations()[compose.IntentAnnotation]; held {
		t.Errorf("the Storage still holds an intent that could make the Datalab again: %s", intent)
	}
	for i, replica := range e.Replicas {
		if now := get(t, replica.Workspaces(ns), "lone"); now.Spec.Owner != "" {
			t.Errorf("replica %d: the owner is %q without a Datalab", i, now.Spec.Owner)
		}
	}
}
