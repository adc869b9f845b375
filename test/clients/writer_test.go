package clients

import (
	"errors"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/test/integration/env"
)

// writer changes what informers follow.
type writer struct {
	t         *testing.T
	client    versioned.Interface
	namespace string
}

func (w writer) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w writer) create(names ...string) {
	w.t.Helper()
	for _, name := range names {
		_, err := w.client.EoepcaV1alpha1().Workspaces(w.namespace).Create(w.t.Context(), env.Workspace(w.namespace, name), metav1.CreateOptions{})
		w.must(err)
	}
}

func (w writer) change(name string) {
	w.t.Helper()
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{"changed":%q}}}`, time.Now().Format("150405.000000"))
	_, err := w.client.EoepcaV1alpha1().Workspaces(w.namespace).Patch(w.t.Context(), name, types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}

func (w writer) delete(names ...string) {
	w.t.Helper()
	for _, name := range names {
		w.must(w.client.EoepcaV1alpha1().Workspaces(w.namespace).Delete(w.t.Context(), name, metav1.DeleteOptions{}))
	}
	env.Eventually(w.t, "they go", func() error {
		list, err := w.client.EoepcaV1alpha1().Workspaces(w.namespace).List(w.t.Context(), metav1.ListOptions{})
		for _, name := range names {
			for _, ws := range list.Items {
				if err == nil && ws.Name == name {
					err = fmt.Errorf("%s is there", name)
				}
			}
		}
		return err
	})
}

// deletePart deletes a workspace past the server, by the part that it exists with.
func (w writer) deletePart(name string) {
	w.t.Helper()
	storages := e.Storages(w.namespace)
	w.must(storages.Delete(w.t.Context(), name, metav1.DeleteOptions{}))
	env.Eventually(w.t, "the part goes", func() error {
		_, err := storages.Get(w.t.Context(), name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return errors.Join(err, errors.New("it is there"))
	})
}

// createPart makes a workspace past the server.
func (w writer) createPart(name string) {
	w.t.Helper()
	_, err := e.Storages(w.namespace).Create(w.t.Context(), &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "pkg.internal/v1beta1", "kind": "Storage", "metadata": map[string]any{"name": name},
		"spec": map[string]any{"principal": name, "buckets": []any{map[string]any{"bucketName": name + "-" + w.namespace}}},
	}}, metav1.CreateOptions{})
	w.must(err)
}

// restartWhile stops the server, and starts it again when something has been done without it.
func (w writer) restartWhile(do func()) {
	w.t.Helper()
	server := e.Replicas[0]
	w.must(server.Stop())
	do()
	w.must(server.Restart())
	w.must(server.AwaitReady(w.t.Context()))
	env.Eventually(w.t, "the aggregator finds it", func() error {
		_, err := w.client.EoepcaV1alpha1().Workspaces(w.namespace).List(w.t.Context(), metav1.ListOptions{})
		return err
	})
}

// settle waits until each informer has what there is, and has told of it as it should.
func (w writer) settle(all []*informed) {
	w.t.Helper()
	for _, i := range all {
		env.Eventually(w.t, "the "+i.name+" informer settles", func() error {
			list, err := w.client.EoepcaV1alpha1().Workspaces(w.namespace).List(w.t.Context(), metav1.ListOptions{})
			if err != nil {
				return err
			}
			there := map[types.UID]bool{}
			for _, ws := range list.Items {
				there[ws.UID] = true
			}
			return errors.Join(i.agrees(list), i.consistent(there))
		})
	}
}
