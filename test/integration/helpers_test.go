package integration

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// object is the content of an unstructured object, short to write.
type object = map[string]any

func storageOf(name string, spec object) *unstructured.Unstructured {
	return partOf("pkg.internal/v1beta1", "Storage", name, spec)
}

func datalabOf(name string, spec object) *unstructured.Unstructured {
	return partOf("pkg.internal/v1beta2", "Datalab", name, spec)
}

func partOf(apiVersion, kind, name string, spec object) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: object{
		"apiVersion": apiVersion, "kind": kind, "metadata": object{"name": name}, "spec": spec,
	}}
}

// buckets is the list of a Storage's buckets.
func buckets(names ...string) []any {
	list := []any{}
	for _, name := range names {
		list = append(list, object{"bucketName": name})
	}
	return list
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func create(t testing.TB, client typed.WorkspaceInterface, ws *v1alpha1.Workspace) *v1alpha1.Workspace {
	t.Helper()
	made, err := client.Create(t.Context(), ws, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create %s: %v", ws.Name, err)
	}
	return made
}

func get(t testing.TB, client typed.WorkspaceInterface, name string) *v1alpha1.Workspace {
	t.Helper()
	ws, err := client.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("get %s: %v", name, err)
	}
	return ws
}

func list(t testing.TB, client typed.WorkspaceInterface, version string) *v1alpha1.WorkspaceList {
	t.Helper()
	l, err := client.List(t.Context(), metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		t.Fatalf("list at %q: %v", version, err)
	}
	return l
}

// patch sends a strategic merge patch: items of lists are merged by their keys.
func patch(t testing.TB, client typed.WorkspaceInterface, name string, content object) (*v1alpha1.Workspace, error) {
	return client.Patch(t.Context(), name, types.StrategicMergePatchType, mustJSON(content), metav1.PatchOptions{})
}

// mergePatch sends a merge patch: lists are replaced.
func mergePatch(t testing.TB, client typed.WorkspaceInterface, name string, content object) (*v1alpha1.Workspace, error) {
	return client.Patch(t.Context(), name, types.MergePatchType, mustJSON(content), metav1.PatchOptions{})
}

func createPart(t testing.TB, client dynamic.ResourceInterface, o *unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	made, err := client.Create(t.Context(), o, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create %s %s: %v", o.GetKind(), o.GetName(), err)
	}
	return made
}

func getPart(t testing.TB, client dynamic.ResourceInterface, name string) *unstructured.Unstructured {
	t.Helper()
	o, err := client.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatalf("get part %s: %v", name, err)
	}
	return o
}

func patchPart(t testing.TB, client dynamic.ResourceInterface, name string, content object) *unstructured.Unstructured {
	t.Helper()
	o, err := client.Patch(t.Context(), name, types.MergePatchType, mustJSON(content), metav1.PatchOptions{})
	if err != nil {
		t.Fatalf("patch part %s: %v", name, err)
	}
	return o
}

// gone answers nil when the error of a read is that there is nothing.
func gone(err error) error {
	switch {
	case err == nil:
		return fmt.Errorf("it is still there")
	case apierrors.IsNotFound(err):
		return nil
	}
	return err
}

func bucketNames(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, bucket := range ws.Spec.Storage.Buckets {
		names = append(names, bucket.Name)
	}
	return names
}

func memberNames(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, member := range ws.Spec.Members {
		names = append(names, member.Name)
	}
	return names
}

func sessionNames(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, session := range ws.Spec.Sessions {
		names = append(names, session.Name)
	}
	return names
}

// missing are those of the wanted that are not there.
func missing(have, want []string) []string {
	return slices.DeleteFunc(slices.Clone(want), func(name string) bool { return slices.Contains(have, name) })
}

// lists answers nil when a list has so many workspaces.
func lists(t testing.TB, client typed.WorkspaceInterface, version string, want int) error {
	t.Helper()
	var names []string
	for _, ws := range list(t, client, version).Items {
		names = append(names, ws.Name)
	}
	if len(names) != want {
		return fmt.Errorf("a list at %q has %v, want %d", version, names, want)
	}
	return nil
}
