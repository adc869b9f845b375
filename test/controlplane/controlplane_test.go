package controlplane

import (
	"context"
	"os"
	"strings"
	"syscall"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
)

func start(t *testing.T) *ControlPlane {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a control plane")
	}
	c, err := Start(t.Context(), Options{ControllerManager: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestObjectsSurviveACrashOfTheWholeControlPlane(t *testing.T) {
	c := start(t)
	ctx := t.Context()
	if err := c.InstallCRDs(ctx); err != nil {
		t.Fatal(err)
	}
	storages := client(t, c.Config()).Resource(schema.GroupVersionResource{Group: "pkg.internal", Version: "v1beta1", Resource: "storages"}).Namespace("default")
	_, err := storages.Create(ctx, storage("ws-alice"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c.KillAPIServer()
	if err := c.RestartEtcd(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.StartAPIServer(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := storages.Get(ctx, "ws-alice", metav1.GetOptions{}); err != nil {
		t.Errorf("after the crash: %v", err)
	}
}

func TestUsersHaveNoRightsBeforeTheyAreGiven(t *testing.T) {
	c := start(t)
	config, kubeconfig, err := c.User("alice", "users")
	if err != nil {
		t.Fatal(err)
	}
	if len(kubeconfig) == 0 {
		t.Error("no kubeconfig")
	}
	_, err = client(t, config).Resource(namespaces).List(t.Context(), metav1.ListOptions{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("alice lists namespaces: got %v, want a refusal", err)
	}
}

func TestStopLeavesNothing(t *testing.T) {
	c := start(t)
	processes := c.Processes()
	if len(processes) != 3 {
		t.Fatalf("%d processes, want 3", len(processes))
	}
	if err := c.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, p := range processes {
		if err := syscall.Kill(p.PID(), 0); err != syscall.ESRCH {
			t.Errorf("%s is still there: %v", p.Name(), err)
		}
	}
	if _, err := os.Stat(c.Dir()); !os.IsNotExist(err) {
		t.Errorf("%s is still there", c.Dir())
	}
}

func TestMissingBinaryIsToldWithWhatToDo(t *testing.T) {
	_, err := Start(context.Background(), Options{Assets: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "run `make tools`") {
		t.Errorf("got %v", err)
	}
}

func client(t *testing.T, config *rest.Config) dynamic.Interface {
	t.Helper()
	c, err := dynamic.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func storage(name string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "pkg.internal/v1beta1", "kind": "Storage",
		"metadata": map[string]any{"name": name},
		"spec":     map[string]any{"principal": name, "buckets": []any{map[string]any{"bucketName": name}}},
	}}
}
