// Package gc holds what workspaces promise about deletion under the hands of the real kube-controller-manager: dependents and
// owners, finalizers, namespaces and collections. None is lost, none is stuck. What one server alone promises about a
// deletion is in the package above.
package gc

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/client-go/dynamic"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// e is shared by all tests: the collector takes half a minute to learn of a kind that comes after its start.
var e *env.Env

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{Replicas: 2}, &e)) }

// object is the content of an unstructured object, short to write.
type object = map[string]any

// create makes a workspace through the second replica: the controllers speak to the first.
func create(t testing.TB, ws *v1alpha1.Workspace) *v1alpha1.Workspace {
	t.Helper()
	made, err := workspaces(ws.Namespace).Create(t.Context(), ws, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create %s: %v", ws.Name, err)
	}
	return made
}

func workspaces(namespace string) typed.WorkspaceInterface {
	return e.Replicas[1].Workspaces(namespace)
}

// pair makes both parts of a workspace directly, with nothing between them, and answers the workspace.
func pair(t testing.TB, namespace, name string) *v1alpha1.Workspace {
	t.Helper()
	createPart(t, e.Datalabs(namespace), "pkg.internal/v1beta2", "Datalab", name, object{"users": []any{"alice"}})
	createPart(t, e.Storages(namespace), "pkg.internal/v1beta1", "Storage", name, object{
		"principal": name, "buckets": []any{object{"bucketName": name + "-" + namespace}},
	})
	ws, err := workspaces(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ws
}

func createPart(t testing.TB, client dynamic.ResourceInterface, apiVersion, kind, name string, spec object) {
	t.Helper()
	part := &unstructured.Unstructured{Object: object{
		"apiVersion": apiVersion, "kind": kind, "metadata": object{"name": name}, "spec": spec,
	}}
	if _, err := client.Create(t.Context(), part, metav1.CreateOptions{}); err != nil {
		t.Fatalf("create %s %s: %v", kind, name, err)
	}
}

func configMap(t testing.TB, namespace, name string, owners ...metav1.OwnerReference) *corev1.ConfigMap {
	t.Helper()
	made, err := e.Admin.CoreV1().ConfigMaps(namespace).Create(t.Context(),
		&corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: owners}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// workspaceWith is a workspace with owners.
func workspaceWith(namespace, name string, owners ...metav1.OwnerReference) *v1alpha1.Workspace {
	ws := env.Workspace(namespace, name)
	ws.OwnerReferences = owners
	return ws
}

// by refers to a workspace as an owner that must not go before its dependent.
func by(owner *v1alpha1.Workspace) metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion: v1alpha1.SchemeGroupVersion.String(), Kind: "Workspace", Name: owner.Name, UID: owner.UID,
		BlockOwnerDeletion: ptr.To(true),
	}
}

// byConfigMap refers to a ConfigMap in the same way.
func byConfigMap(owner *corev1.ConfigMap) metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion: "v1", Kind: "ConfigMap", Name: owner.Name, UID: owner.UID, BlockOwnerDeletion: ptr.To(true),
	}
}

// observed returns once the collector knows of all that has been made in the namespace: it has collected a ConfigMap and
// a workspace that came later, and whose owner is not there. Of what the collector does not know yet it cannot say whether
// its owner orphaned it; that is so for every kind.
func observed(t testing.TB, namespace string) {
	t.Helper()
	nobody := metav1.OwnerReference{APIVersion: "v1", Kind: "ConfigMap", Name: "nobody", UID: types.UID(rand.String(16))}
	name := "last-" + rand.String(4)
	configMap(t, namespace, name, nobody)
	create(t, workspaceWith(namespace, name, nobody))
	gone(t, namespace, name)
	env.Eventually(t, "the ConfigMap of nobody is collected", func() error { return absent(configMapExists(t.Context(), namespace, name)) })
}

// gone waits until a workspace and both its parts are gone.
func gone(t testing.TB, namespace, name string) {
	t.Helper()
	env.Eventually(t, "workspace "+name+" is gone with both parts", func() error {
		return nothingOf(t.Context(), namespace, name)
	})
}

func nothingOf(ctx context.Context, namespace, name string) error {
	_, err := workspaces(namespace).Get(ctx, name, metav1.GetOptions{})
	if err := absent(err); err != nil {
		return fmt.Errorf("workspace: %w", err)
	}
	for kind, parts := range kinds(namespace) {
		_, err := parts.Get(ctx, name, metav1.GetOptions{})
		if err := absent(err); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// kinds are the parts of a namespace, past the server.
func kinds(namespace string) map[string]dynamic.ResourceInterface {
	return map[string]dynamic.ResourceInterface{"Storage": e.Storages(namespace), "Datalab": e.Datalabs(namespace)}
}

// absent answers nil when the error of a read is that there is nothing.
func absent(err error) error {
	if err == nil {
		return fmt.Errorf("it is still there")
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func configMapExists(ctx context.Context, namespace, name string) error {
	_, err := e.Admin.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
	return err
}

func mergePatch(t testing.TB, namespace, name string, content object) error {
	return mergePatchAs(t.Context(), workspaces(namespace), name, content)
}

func mergePatchAs(ctx context.Context, client typed.WorkspaceInterface, name string, content object) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	_, err = client.Patch(ctx, name, types.MergePatchType, text, metav1.PatchOptions{})
	return err
}

func patchPart(t testing.TB, client dynamic.ResourceInterface, name string, content object) error {
	text, err := json.Marshal(content)
	if err != nil {
		return err
	}
	_, err = client.Patch(t.Context(), name, types.MergePatchType, text, metav1.PatchOptions{})
	return err
}

func patchFinalizers(t testing.TB, client dynamic.ResourceInterface, name string, names ...string) error {
	return patchPart(t, client, name, finalizers(names...))
}

// finalizers is a merge patch that sets them.
func finalizers(names ...string) object {
	list := []any{}
	for _, name := range names {
		list = append(list, name)
	}
	return object{"metadata": object{"finalizers": list}}
}

func propagation(policy metav1.DeletionPropagation) metav1.DeleteOptions {
	return metav1.DeleteOptions{PropagationPolicy: &policy}
}
