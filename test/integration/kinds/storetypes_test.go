package kinds

import (
	"context"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const qdrant = "qdrantclusters.qdrant.io"

var crds = schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"}

// A type of store can be had exactly while its operator is installed and the Datalabs have room for it. What was made before
// stays, and can be changed.
func TestStoresFollowTheirOperators(t *testing.T) {
	ns := e.Namespace(t)
	if err := e.InstallDatalabs(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer removeDatalabs(t)
	awaitReason(t, "vectors", "OperatorNotInstalled")
	if _, err := withVector(t, ns, "early"); !unavailable(err, "spec.stores.vectors[0]", qdrant) {
		t.Errorf("a store without its operator: %v", err)
	}
	before := version(t)

	if err := e.ControlPlane.InstallOperators(t.Context(), qdrant); err != nil {
		t.Fatal(err)
	}
	awaitReason(t, "vectors", "OperatorInstalled")
	awaitReason(t, "caches", "OperatorNotInstalled")
	if after := version(t); after <= before {
		t.Errorf("the version of the list went from %d to %d", before, after)
	}
	crd, err := e.Dynamic.Resource(crds).Get(t.Context(), qdrant, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if since := storeType(t, 0, "vectors").CreationTimestamp; since.Unix() != crd.GetCreationTimestamp().Unix() {
		t.Errorf("it is there since %v, its operator since %v", since, crd.GetCreationTimestamp())
	}
	if _, err := withVector(t, ns, "kept"); err != nil {
		t.Fatalf("a store with its operator: %v", err)
	}

	forget(t, "vectorStores")
	awaitReason(t, "vectors", "DatalabUnsupported")
	if err := e.InstallDatalabs(t.Context()); err != nil {
		t.Fatal(err)
	}
	awaitReason(t, "vectors", "OperatorInstalled")

	if err := e.Dynamic.Resource(crds).Delete(t.Context(), qdrant, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	awaitReason(t, "vectors", "OperatorNotInstalled")
	client := e.Replicas[1].Workspaces(ns)
	if _, err := client.Patch(t.Context(), "kept", types.MergePatchType, []byte(`{"spec": {"members": [{"name": "bob"}]}}`), metav1.PatchOptions{}); err != nil {
		t.Errorf("a workspace that has a store from before cannot be changed: %v", err)
	}
	more := `[{"op": "add", "path": "/spec/stores/vectors/-", "value": {"name": "more", "storage": "1Gi"}}]`
	if _, err := client.Patch(t.Context(), "kept", types.JSONPatchType, []byte(more), metav1.PatchOptions{}); !unavailable(err, "spec.stores.vectors[1]", qdrant) {
		t.Errorf("one more store: %v", err)
	}
}

// awaitReason waits until both replicas give a type's availability the reason.
func awaitReason(t *testing.T, name, reason string) {
	t.Helper()
	for replica := range e.Replicas {
		env.Eventually(t, fmt.Sprintf("replica %d says %s of %s", replica, reason, name), func() error {
			if status := storeType(t, replica, name).Status; status.Reason != reason {
				return fmt.Errorf("it says %+v", status)
			}
			return nil
		})
	}
}

func storeType(t *testing.T, replica int, name string) *v1alpha1.StoreType {
	t.Helper()
	got, err := e.Replicas[replica].Clients.EoepcaV1alpha1().StoreTypes().Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func version(t *testing.T) uint64 {
	t.Helper()
	list, err := e.Replicas[0].Clients.EoepcaV1alpha1().StoreTypes().List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return env.Version(t, list.ResourceVersion)
}

func withVector(t *testing.T, ns, name string) (*v1alpha1.Workspace, error) {
	ws := env.Workspace(ns, name)
	ws.Spec.Owner = "alice"
	ws.Spec.Stores.Vectors = []v1alpha1.Store{{Name: "prod", Storage: "1Gi"}}
	return e.Replicas[0].Workspaces(ns).Create(t.Context(), ws, metav1.CreateOptions{})
}

// unavailable says whether an error is the refusal of a field, with the words.
func unavailable(err error, field, says string) bool {
	status, ok := err.(apierrors.APIStatus)
	if !ok || !apierrors.IsInvalid(err) || status.Status().Details == nil {
		return false
	}
	causes := status.Status().Details.Causes
	return len(causes) == 1 && causes[0].Field == field && strings.Contains(causes[0].Message, says)
}

// forget takes a field from the Datalabs' schema, as an older provider has it.
func forget(t *testing.T, name string) {
	t.Helper()
	client := e.Dynamic.Resource(crds)
	env.Eventually(t, "the schema is changed", func() error {
		crd, err := client.Get(context.Background(), "datalabs.pkg.internal", metav1.GetOptions{})
		if err != nil {
			return err
		}
		versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
		for _, each := range versions {
			unstructured.RemoveNestedField(each.(map[string]any), "schema", "openAPIV3Schema", "properties", "spec", "properties", name)
		}
		if err := unstructured.SetNestedSlice(crd.Object, versions, "spec", "versions"); err != nil {
			return err
		}
		_, err = client.Update(context.Background(), crd, metav1.UpdateOptions{})
		return err
	})
}
