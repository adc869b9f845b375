package gc

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

// While no server runs a namespace with workspaces in it does not end, and says why. When one is back, it does; and what was
// deleted before goes on as well. This test is alone: the aggregator and the controllers know one server.
func TestNamespaceEndsWhenTheServerIsBack(t *testing.T) {
	ns := e.Namespace(t)
	provide(t, ns)
	mixed(t, ns)
	held := env.Workspace(ns, "held")
	held.Finalizers = []string{"example.org/hold"}
	create(t, held)
	if err := workspaces(ns).Delete(t.Context(), "held", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, replica := range e.Replicas {
		if err := replica.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	back := sync.OnceFunc(func() { startAll(t) })
	defer back() // also after a failure: there are other tests
	// What the workspace waits for happens while nobody sees it.
	env.Eventually(t, "the workspace is let go", func() error {
		storage, err := e.Storages(ns).Get(t.Context(), "held", metav1.GetOptions{})
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(storage.GetFinalizers(), func(name string) bool { return name == "example.org/hold" })
		return patchFinalizers(t, e.Storages(ns), "held", others...)
	})
	deleteNamespace(t, ns)
	env.Eventually(t, "the namespace says what it waits for", func() error {
		now, err := e.Admin.CoreV1().Namespaces().Get(t.Context(), ns, metav1.GetOptions{})
		if err != nil {
			return err
		}
		for _, condition := range now.Status.Conditions {
			if condition.Status == corev1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("its conditions are %+v", now.Status.Conditions)
	})
	back()
	ends(t, ns)
}

func startAll(t testing.TB) {
	for _, replica := range e.Replicas {
		if err := replica.Restart(); err != nil {
			t.Error(err)
		}
	}
	for _, replica := range e.Replicas {
		if err := replica.AwaitReady(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
