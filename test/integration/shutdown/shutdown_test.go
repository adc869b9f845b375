// Package shutdown holds what the server promises about its own end. Its process must hold nothing else that comes and goes.
package shutdown

import (
	"os"
	"testing"

	"go.uber.org/goleak"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/integration/env"
)

var e *env.Env

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{}, &e)) }

// A server that has served requests and watches ends without an error, ends its watches, and leaves no goroutine.
func TestNothingIsLeftAfterTheEnd(t *testing.T) {
	ns := e.Namespace(t)
	runOnce(t, ns, "first") // what a process makes once and keeps
	before := goleak.IgnoreCurrent()
	runOnce(t, ns, "second")
	e.CloseIdleConnections()
	// A list that has waited for the cache leaves a timer behind that ends by itself after three seconds.
	env.Eventually(t, "every goroutine ends", func() error { return goleak.Find(before) })
}

func runOnce(t *testing.T, ns, name string) {
	t.Helper()
	replica, err := e.NewReplica(func(o *apiserver.Options) { o.LeaseNamespace = env.LeaseNamespace })
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	client := replica.Workspaces(ns)
	made, err := client.Create(t.Context(), env.Workspace(ns, name), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w, err := client.Watch(t.Context(), metav1.ListOptions{ResourceVersion: made.ResourceVersion})
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "roles are bound", func() error {
		_, err := e.Admin.RbacV1().RoleBindings(ns).Get(t.Context(), "eoepca:workspace-admin:"+name, metav1.GetOptions{})
		return err
	})
	if err := replica.Stop(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	for range w.ResultChan() {
	}
	replica.CloseIdleConnections()
}
