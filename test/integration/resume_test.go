package integration

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/informers/externalversions"
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

// informed starts an informer of a replica's workspaces, as a controller has it.
func informed(t *testing.T, replica *env.Replica, ns string) cache.SharedIndexInformer {
	t.Helper()
	factory := externalversions.NewSharedInformerFactoryWithOptions(replica.Clients, 0, externalversions.WithNamespace(ns))
	informer := factory.Eoepca().V1alpha1().Workspaces().Informer()
	factory.Start(t.Context().Done())
	t.Cleanup(factory.Shutdown)
	if !cache.WaitForCacheSync(t.Context().Done(), informer.HasSynced) {
		t.Fatal("the informer does not begin")
	}
	return informer
}

// agrees answers nil when an informer has what the list has, in the same versions.
func agrees(informer cache.SharedIndexInformer, list *v1alpha1.WorkspaceList) error {
	want, have := map[string]string{}, map[string]string{}
	for _, ws := range list.Items {
		want[ws.Name] = ws.ResourceVersion
	}
	for _, obj := range informer.GetStore().List() {
		ws := obj.(*v1alpha1.Workspace)
		have[ws.Name] = ws.ResourceVersion
	}
	if diff := cmp.Diff(want, have); diff != "" {
		return fmt.Errorf("an informer has something else than the list (-list +informer):\n%s", diff)
	}
	return nil
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
	informer := informed(t, third, ns)
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
	env.Eventually(t, "the informer catches up", func() error { return agrees(informer, list(t, client, "")) })

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
