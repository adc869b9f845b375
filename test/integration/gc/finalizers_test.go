package gc

import (
	"fmt"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

// Several clients' finalizers hold a workspace, in every policy, until the last of them is taken off; they are taken off
// all at once, each by its own client. The dependents meet what the policy says.
func TestFinalizersOfClients(t *testing.T) {
	t.Parallel()
	for policy, kept := range map[metav1.DeletionPropagation]bool{
		metav1.DeletePropagationBackground: false,
		metav1.DeletePropagationForeground: false,
		metav1.DeletePropagationOrphan:     true,
	} {
		for how, begin := range origins {
			t.Run(string(policy)+", "+how, func(t *testing.T) {
				t.Parallel()
				ns := e.Namespace(t)
				provide(t, ns)
				owner := begin(t, ns, "owner")
				holders := []string{"example.org/a", "example.org/b", "example.org/c"}
				env.Eventually(t, "clients hold the workspace", func() error { return mergePatch(t, ns, "owner", finalizers(holders...)) })
				configMap(t, ns, "dependent", by(owner))
				observed(t, ns)
				if err := workspaces(ns).Delete(t.Context(), "owner", propagation(policy)); err != nil {
					t.Fatal(err)
				}
				env.Eventually(t, "the collector has done its part", func() error {
					ws, err := workspaces(ns).Get(t.Context(), "owner", metav1.GetOptions{})
					if err == nil && len(ws.Finalizers) != len(holders) {
						err = fmt.Errorf("the finalizers are %v", ws.Finalizers)
					}
					return err
				})
				var clients sync.WaitGroup
				for i, holder := range holders {
					clients.Go(func() {
						env.Eventually(t, holder+" is taken off", func() error { return takeOff(t, i%2, ns, "owner", holder) })
					})
				}
				clients.Wait()
				gone(t, ns, "owner")
				observed(t, ns)
				if err := configMapExists(t.Context(), ns, "dependent"); kept != (err == nil) {
					t.Errorf("the dependent: %v, want it kept: %v", err, kept)
				}
			})
		}
	}
}

// takeOff takes a finalizer off as controllers do: from what they have read.
func takeOff(t testing.TB, replica int, namespace, name, finalizer string) error {
	client := e.Replicas[replica].Workspaces(namespace)
	ws, err := client.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	var rest []string
	for _, held := range ws.Finalizers {
		if held != finalizer {
			rest = append(rest, held)
		}
	}
	ws.Finalizers = rest
	_, err = client.Update(t.Context(), ws, metav1.UpdateOptions{})
	return err
}

// A workspace that is going takes no new finalizers.
func TestNoNewFinalizersDuringDeletion(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := env.Workspace(ns, "held")
	ws.Finalizers = []string{"example.org/hold"}
	create(t, ws)
	if err := workspaces(ns).Delete(t.Context(), "held", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := mergePatch(t, ns, "held", finalizers("example.org/hold", "example.org/more")); !apierrors.IsInvalid(err) {
		t.Errorf("a new finalizer: got %v, want 422", err)
	}
	if err := mergePatch(t, ns, "held", finalizers()); err != nil {
		t.Fatal(err)
	}
	gone(t, ns, "held")
}
