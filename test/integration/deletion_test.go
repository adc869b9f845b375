package integration

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// finalizer stands for a provider that has something to tidy up.
const finalizer = "composite.apiextensions.crossplane.io"

func hold(finalizers ...string) object {
	held := []any{}
	for _, name := range finalizers {
		held = append(held, name)
	}
	return object{"metadata": object{"finalizers": held}}
}

// While a Datalab of an earlier workspace is still terminating, or a Storage, its name is not free: 409, with what is waited for.
func TestNameIsNotFreeBeforePartsAreGone(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	client := e.Replicas[0].Workspaces(ns)
	lab := datalabOf("old", object{"users": []any{"bob"}})
	lab.SetFinalizers([]string{finalizer})
	createPart(t, e.Datalabs(ns), lab)
	if err := e.Datalabs(ns).Delete(t.Context(), "old", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := client.Create(t.Context(), env.Workspace(ns, "old"), metav1.CreateOptions{})
	if !apierrors.IsConflict(err) || !strings.Contains(err.Error(), "still terminating") || !strings.Contains(err.Error(), finalizer) {
		t.Errorf("create while the Datalab terminates: got %v, want 409 that says what is waited for", err)
	}
	if _, err := e.Storages(ns).Get(t.Context(), "old", metav1.GetOptions{}); gone(err) != nil {
		t.Errorf("Storage after the refusal: %v", gone(err))
	}
	patchPart(t, e.Datalabs(ns), "old", hold())
	create(t, client, env.Workspace(ns, "old"))

	patchPart(t, e.Storages(ns), "old", hold(finalizer))
	if err := client.Delete(t.Context(), "old", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Create(t.Context(), env.Workspace(ns, "old"), metav1.CreateOptions{}); !apierrors.IsAlreadyExists(err) {
		t.Errorf("create while the workspace terminates: got %v, want 409", err)
	}
	env.Eventually(t, "the Storage waits for its provider alone", func() error {
		return holdsOnly(getPart(t, e.Storages(ns), "old").GetFinalizers())
	})
	patchPart(t, e.Storages(ns), "old", hold())
	env.Eventually(t, "the name is free", func() error {
		_, err := client.Create(t.Context(), env.Workspace(ns, "old"), metav1.CreateOptions{})
		return err
	})
}

func holdsOnly(finalizers []string) error {
	if !slices.Equal(finalizers, []string{finalizer}) {
		return fmt.Errorf("its finalizers are %v", finalizers)
	}
	return nil
}

// A workspace that is deleted, in whatever way, stays visible as terminating until both parts are gone; also one that was
// not made by this server. In the meantime it can still be changed.
func TestDeletedWorkspaceIsVisibleUntilBothPartsAreGone(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]metav1.DeleteOptions{
		"by default":        {},
		"in the background": {PropagationPolicy: ptr.To(metav1.DeletePropagationBackground)},
		"in the foreground": {PropagationPolicy: ptr.To(metav1.DeletePropagationForeground)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			lab := datalabOf("pair", object{"users": []any{"bob"}})
			lab.SetFinalizers([]string{finalizer})
			createPart(t, e.Datalabs(ns), lab)
			storage := storageOf("pair", object{"principal": "pair", "buckets": buckets("pair-" + ns)})
			storage.SetFinalizers([]string{finalizer})
			createPart(t, e.Storages(ns), storage)
			client := e.Replicas[0].Workspaces(ns)
			recorder := env.Record(t, e.Replicas[1].Workspaces(ns), list(t, client, "").ResourceVersion)

			if err := client.Delete(t.Context(), "pair", options); err != nil {
				t.Fatal(err)
			}
			terminating(t, ns, "right after the deletion")
			if _, err := patch(t, client, "pair", object{"metadata": object{"labels": object{"still": "here"}}}); err != nil {
				t.Errorf("change a terminating workspace: %v", err)
			}
			if label := getPart(t, e.Storages(ns), "pair").GetLabels()["still"]; label != "here" {
				t.Error("a change of a terminating workspace was not written")
			}
			env.Eventually(t, "the Datalab is deleted too", func() error {
				if getPart(t, e.Datalabs(ns), "pair").GetDeletionTimestamp() == nil {
					return fmt.Errorf("it is not")
				}
				return nil
			})
			terminating(t, ns, "while both parts terminate")
			patchPart(t, e.Datalabs(ns), "pair", hold())
			env.Eventually(t, "the Storage waits for its provider alone", func() error {
				return holdsOnly(getPart(t, e.Storages(ns), "pair").GetFinalizers())
			})
			terminating(t, ns, "while the Storage terminates")
			patchPart(t, e.Storages(ns), "pair", hold())
			end := recorder.Await(t, "DELETED", func(event env.Event) bool { return event.Type == "DELETED" })
			if last := recorder.Events()[len(recorder.Events())-1]; last.Version != end.Version {
				t.Errorf("after DELETED came %s", last)
			}
			if _, err := client.Get(t.Context(), "pair", metav1.GetOptions{}); gone(err) != nil {
				t.Error(gone(err))
			}
		})
	}
}

// A workspace that a finalizer holds keeps all that it has, Datalab included, until it is let go: through its own API, or
// on the Storage. Then the Datalab goes first.
func TestHeldWorkspaceKeepsItsDatalabUntilItIsLetGo(t *testing.T) {
	t.Parallel()
	const held = "example.org/hold"
	for name, letGo := range map[string]func(t *testing.T, ns string){
		"through its own API": func(t *testing.T, ns string) {
			if _, err := mergePatch(t, e.Replicas[1].Workspaces(ns), "pair", hold()); err != nil {
				t.Fatal(err)
			}
		},
		"on the Storage": func(t *testing.T, ns string) {
			rest := slices.DeleteFunc(getPart(t, e.Storages(ns), "pair").GetFinalizers(), func(name string) bool { return name == held })
			patchPart(t, e.Storages(ns), "pair", hold(rest...))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			client := e.Replicas[0].Workspaces(ns)
			ws := env.Workspace(ns, "pair")
			ws.Finalizers = []string{held}
			made := create(t, client, ws)
			patchPart(t, e.Datalabs(ns), "pair", hold(finalizer))
			if err := client.Delete(t.Context(), "pair", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
			terminating(t, ns, "while it is held")
			if now := get(t, client, "pair"); now.Spec.Owner != made.Spec.Owner || len(now.Spec.Sessions) != len(made.Spec.Sessions) {
				t.Errorf("while it is held the spec is %+v, want what it was", now.Spec)
			}
			if getPart(t, e.Datalabs(ns), "pair").GetDeletionTimestamp() != nil {
				t.Error("the Datalab goes while the workspace is held")
			}
			letGo(t, ns)
			env.Eventually(t, "the Datalab is deleted", func() error {
				if getPart(t, e.Datalabs(ns), "pair").GetDeletionTimestamp() == nil {
					return fmt.Errorf("it is not")
				}
				return nil
			})
			terminating(t, ns, "while the Datalab terminates")
			patchPart(t, e.Datalabs(ns), "pair", hold())
			env.Eventually(t, "the workspace is gone", func() error {
				_, err := client.Get(t.Context(), "pair", metav1.GetOptions{})
				return gone(err)
			})
		})
	}
}

// terminating checks that every reader sees the workspace as terminating, and why.
func terminating(t *testing.T, ns, when string) {
	t.Helper()
	for i, replica := range e.Replicas {
		client := replica.Workspaces(ns)
		all := []v1alpha1.Workspace{*get(t, client, "pair")}
		all = append(all, list(t, client, "").Items...)
		if len(all) != 2 {
			t.Errorf("%s, replica %d: a list has %d workspaces, want 1", when, i, len(all)-1)
		}
		for _, ws := range all {
			if ws.DeletionTimestamp == nil {
				t.Errorf("%s, replica %d: the workspace is not terminating", when, i)
			}
			ready := slices.IndexFunc(ws.Status.Conditions, func(c metav1.Condition) bool { return c.Type == "Ready" && c.Reason == "Terminating" })
			if ready < 0 {
				t.Errorf("%s, replica %d: no condition says that it terminates: %+v", when, i, ws.Status.Conditions)
			}
		}
	}
}

// Deleting a collection deletes what is selected and nothing else.
func TestCollectionIsDeleted(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	client := e.Replicas[0].Workspaces(ns)
	for i := range 4 {
		ws := env.Workspace(ns, fmt.Sprintf("c%d", i))
		ws.Labels = map[string]string{"odd": fmt.Sprint(i%2 == 1)}
		create(t, client, ws)
	}
	if err := client.DeleteCollection(t.Context(), metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "odd=true"}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the odd ones go", func() error {
		var names []string
		for _, ws := range list(t, e.Replicas[1].Workspaces(ns), "").Items {
			names = append(names, ws.Name)
		}
		if !slices.Equal(names, []string{"c0", "c2"}) {
			return fmt.Errorf("there are %v", names)
		}
		return nil
	})
	labs, err := e.Datalabs(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil || len(labs.Items) != 2 {
		t.Errorf("%d Datalabs are left, want 2 (%v)", len(labs.Items), err)
	}
}

// A namespace with workspaces in it can be deleted, and ends.
func TestNamespaceWithWorkspacesEnds(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for i := range 3 {
		create(t, e.Replicas[0].Workspaces(ns), env.Workspace(ns, fmt.Sprintf("n%d", i)))
	}
	if err := e.Admin.CoreV1().Namespaces().Delete(t.Context(), ns, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the namespace ends", func() error {
		_, err := e.Admin.CoreV1().Namespaces().Get(t.Context(), ns, metav1.GetOptions{})
		return gone(err)
	})
	if left := list(t, e.Replicas[1].Workspaces(ns), "").Items; len(left) > 0 {
		t.Errorf("%d workspaces are left", len(left))
	}
}
