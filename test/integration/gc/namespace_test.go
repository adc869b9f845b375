package gc

import (
	"context"
	"fmt"
	"sync"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

// mixed fills a namespace with all that there can be of workspaces in it.
func mixed(t testing.TB, namespace string) {
	t.Helper()
	for i := range 3 {
		create(t, env.Workspace(namespace, fmt.Sprint("made-", i)))
	}
	pair(t, namespace, "adopted")
	owner := create(t, env.Workspace(namespace, "owner"))
	create(t, workspaceWith(namespace, "dependent", by(owner)))
	createPart(t, e.Storages(namespace), "pkg.internal/v1beta1", "Storage", "bare", object{"principal": "bare", "buckets": []any{}})
	createPart(t, e.Datalabs(namespace), "pkg.internal/v1beta2", "Datalab", "leftover", object{"users": []any{"alice"}})
	if err := workspaces(namespace).Delete(t.Context(), "made-0", propagation(metav1.DeletePropagationForeground)); err != nil {
		t.Fatal(err)
	}
}

func deleteNamespace(t testing.TB, namespace string) {
	t.Helper()
	if err := e.Admin.CoreV1().Namespaces().Delete(t.Context(), namespace, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
}

// ends waits until a namespace is gone, with all that was in it.
func ends(t testing.TB, namespace string) {
	t.Helper()
	env.Eventually(t, "the namespace ends", func() error {
		ns, err := e.Admin.CoreV1().Namespaces().Get(t.Context(), namespace, metav1.GetOptions{})
		if err == nil {
			return fmt.Errorf("it is there: %+v", ns.Status.Conditions)
		}
		return absent(err)
	})
	left, err := workspaces(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(left.Items) > 0 {
		t.Errorf("%d workspaces are left (%v)", len(left.Items), err)
	}
}

// A namespace with workspaces and bare parts in it ends.
func TestNamespaceEnds(t *testing.T) {
	t.Parallel()
	for name, provided := range map[string]bool{"providers take their time": true, "nobody holds the parts": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			if provided {
				provide(t, ns)
			}
			mixed(t, ns)
			deleteNamespace(t, ns)
			ends(t, ns)
		})
	}
}

// A workspace that a client's finalizer holds holds its namespace, and keeps both parts; let go, all ends.
func TestNamespaceWaitsForHeldWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	provide(t, ns)
	held := env.Workspace(ns, "held")
	held.Finalizers = []string{"example.org/hold"}
	create(t, held)
	deleteNamespace(t, ns)
	env.Eventually(t, "the workspace is deleted", func() error { return terminates(t, ns, "held") })
	env.Eventually(t, "the workspace is let go", func() error { return mergePatch(t, ns, "held", finalizers()) })
	ends(t, ns)
}

// A namespace ends while clients go on writing to its workspaces and making new ones.
func TestNamespaceEndsUnderWriters(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	provide(t, ns)
	mixed(t, ns)
	ctx, stop := context.WithCancel(t.Context())
	var writers sync.WaitGroup
	for i := range 3 {
		writers.Go(func() { write(ctx, t, ns, i) })
	}
	defer writers.Wait()
	defer stop()
	deleteNamespace(t, ns)
	ends(t, ns)
}

// write makes and changes workspaces of one name until it is told to stop. Whatever the answers are, they must be such as
// a namespace that ends may give.
func write(ctx context.Context, t testing.TB, namespace string, number int) {
	client := e.Replicas[number%2].Workspaces(namespace)
	name := fmt.Sprint("written-", number)
	for i := 0; ctx.Err() == nil; i++ {
		_, err := client.Create(ctx, env.Workspace(namespace, name), metav1.CreateOptions{})
		if err == nil || apierrors.IsAlreadyExists(err) {
			err = mergePatchAs(ctx, client, name, object{"spec": object{"members": []any{object{"name": fmt.Sprint("m", i)}}}})
		}
		switch {
		case err == nil, ctx.Err() != nil, apierrors.IsForbidden(err), apierrors.IsNotFound(err), apierrors.IsConflict(err):
		default:
			t.Errorf("a write to a namespace that ends: %v", err)
		}
	}
}
