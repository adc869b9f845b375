package integration

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/test/integration/env"
)

// A watch from a version that is no longer known is told so with 410, and does not begin somewhere else.
func TestWatchFromForgottenVersionIsExpired(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i, replica := range e.Replicas {
		w, err := replica.Workspaces(ns).Watch(t.Context(), metav1.ListOptions{ResourceVersion: "1"})
		if err == nil {
			event := <-w.ResultChan()
			w.Stop()
			if event.Type != watch.Error {
				t.Errorf("replica %d sent %s", i, event.Type)
			}
			err = apierrors.FromObject(event.Object)
		}
		if !apierrors.IsResourceExpired(err) && !apierrors.IsGone(err) {
			t.Errorf("replica %d: got %v, want 410", i, err)
		}
	}
}

// A replica that restarts misses nothing, nor do its clients; what it sends afterwards is what the others send.
func TestRestartedReplicaMissesNothing(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	third, err := e.NewReplica(nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := third.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := third.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := e.Replicas[0].Workspaces(ns)
	create(t, client, env.Workspace(ns, "changed"))
	create(t, client, env.Workspace(ns, "deleted"))
	informer := env.Inform(t, third, ns)
	if err := third.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := patch(t, client, "changed", object{"spec": object{"owner": "bob"}}); err != nil {
		t.Fatal(err)
	}
	if err := client.Delete(t.Context(), "deleted", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	create(t, client, env.Workspace(ns, "made"))
	env.Eventually(t, "the deleted one goes", func() error { return lists(t, client, "", 2) })
	if err := third.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := third.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the informer catches up", func() error { return informer.Agrees(list(t, client, "")) })

	begin := list(t, third.Workspaces(ns), "").ResourceVersion
	recorders := []*env.Recorder{env.Record(t, client, begin), env.Record(t, third.Workspaces(ns), begin)}
	last, err := patch(t, client, "made", object{"spec": object{"members": []any{object{"name": "m"}}}})
	if err != nil {
		t.Fatal(err)
	}
	end := env.Version(t, last.ResourceVersion)
	if diff := cmp.Diff(texts(recorders[0].AwaitVersion(t, end)), texts(recorders[1].AwaitVersion(t, end))); diff != "" {
		t.Errorf("after a restart it sends something else (-first +restarted):\n%s", diff)
	}
}
