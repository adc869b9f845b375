package gc

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/test/integration/env"
)

func deleteConfigMap(t testing.TB, namespace, name string, policy metav1.DeletionPropagation) {
	t.Helper()
	if err := e.Admin.CoreV1().ConfigMaps(namespace).Delete(t.Context(), name, propagation(policy)); err != nil {
		t.Fatal(err)
	}
}

// A workspace goes with its owner, both parts and all: one that was made so, and one that exists already and is given an
// owner.
func TestWorkspaceGoesWithItsOwner(t *testing.T) {
	t.Parallel()
	for _, policy := range []metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground} {
		t.Run(string(policy), func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			provide(t, ns)
			owner := byConfigMap(configMap(t, ns, "owner"))
			create(t, workspaceWith(ns, "made", owner))
			pair(t, ns, "adopted")
			if err := mergePatch(t, ns, "adopted", object{"metadata": object{"ownerReferences": []any{owner}}}); err != nil {
				t.Fatal(err)
			}
			create(t, env.Workspace(ns, "other"))
			observed(t, ns)
			deleteConfigMap(t, ns, "owner", policy)
			gone(t, ns, "made")
			gone(t, ns, "adopted")
			env.Eventually(t, "the owner is gone", func() error { return absent(configMapExists(t.Context(), ns, "owner")) })
			if terminates(t, ns, "other") == nil {
				t.Error("a workspace without owners goes, too")
			}
		})
	}
}

// In the foreground the owner waits until the workspace is gone, which is when its providers have let go of both parts.
func TestOwnerWaitsForItsWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	create(t, workspaceWith(ns, "made", byConfigMap(configMap(t, ns, "owner"))))
	if err := patchFinalizers(t, e.Datalabs(ns), "made", providerFinalizer); err != nil {
		t.Fatal(err)
	}
	observed(t, ns)
	deleteConfigMap(t, ns, "owner", metav1.DeletePropagationForeground)
	env.Eventually(t, "the Datalab is deleted", func() error {
		lab, err := e.Datalabs(ns).Get(t.Context(), "made", metav1.GetOptions{})
		if err == nil && lab.GetDeletionTimestamp() == nil {
			err = fmt.Errorf("it is not")
		}
		return err
	})
	if err := terminates(t, ns, "made"); err != nil {
		t.Errorf("the workspace while its Datalab is held: %v", err)
	}
	if err := configMapExists(t.Context(), ns, "owner"); err != nil {
		t.Errorf("the owner while its workspace is there: %v", err)
	}
	env.Eventually(t, "the provider lets go", func() error { return patchFinalizers(t, e.Datalabs(ns), "made") })
	gone(t, ns, "made")
	env.Eventually(t, "the owner is gone", func() error { return absent(configMapExists(t.Context(), ns, "owner")) })
}

// An owner that orphans its workspace leaves it behind without the reference; so does one of several owners that goes.
func TestWorkspaceStaysWithoutItsOwner(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy metav1.DeletionPropagation
		others int // owners that stay
	}{
		"orphaned":          {metav1.DeletePropagationOrphan, 0},
		"one of two owners": {metav1.DeletePropagationBackground, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			provide(t, ns)
			references := []metav1.OwnerReference{byConfigMap(configMap(t, ns, "owner"))}
			for i := range test.others {
				references = append(references, byConfigMap(configMap(t, ns, fmt.Sprint("other-", i))))
			}
			create(t, workspaceWith(ns, "made", references...))
			observed(t, ns)
			deleteConfigMap(t, ns, "owner", test.policy)
			env.Eventually(t, "the reference to the owner is dropped", func() error {
				ws, err := workspaces(ns).Get(t.Context(), "made", metav1.GetOptions{})
				if err == nil && (len(ws.OwnerReferences) != test.others || ws.DeletionTimestamp != nil) {
					err = fmt.Errorf("its metadata are %+v", ws.ObjectMeta)
				}
				return err
			})
			observed(t, ns)
			if terminates(t, ns, "made") == nil {
				t.Error("the workspace goes after all")
			}
		})
	}
}

// A reference to somebody who is not there is as good as an owner that has gone.
func TestWorkspaceOfNobodyIsCollected(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	provide(t, ns)
	earlier := byConfigMap(configMap(t, ns, "owner"))
	earlier.UID = types.UID("of-an-earlier-one")
	create(t, workspaceWith(ns, "made", earlier))
	gone(t, ns, "made")
	if err := configMapExists(t.Context(), ns, "owner"); err != nil {
		t.Errorf("the ConfigMap of the same name: %v", err)
	}
}

// What the Storage or the Datalab is owned by is the business of whoever said so: a Storage that goes with its owner takes
// the workspace along.
func TestOwnersOfPartsAreNotOwnersOfTheWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	provide(t, ns)
	owner := byConfigMap(configMap(t, ns, "owner"))
	ws := create(t, env.Workspace(ns, "made"))
	if err := patchPart(t, e.Storages(ns), "made", object{"metadata": object{"ownerReferences": []any{owner}}}); err != nil {
		t.Fatal(err)
	}
	now, err := workspaces(ns).Get(t.Context(), "made", metav1.GetOptions{})
	if err != nil || len(now.OwnerReferences) > 0 || now.UID != ws.UID {
		t.Errorf("the workspace shows owners of its Storage: %v %+v", err, now.ObjectMeta)
	}
	configMap(t, ns, "dependent", by(ws))
	observed(t, ns)
	deleteConfigMap(t, ns, "owner", metav1.DeletePropagationBackground)
	gone(t, ns, "made")
	env.Eventually(t, "the workspace's dependent is collected", func() error { return absent(configMapExists(t.Context(), ns, "dependent")) })
}

// A chain of owners and dependents is collected to its end.
func TestChainsAreCollected(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	provide(t, ns)
	first := create(t, workspaceWith(ns, "first", byConfigMap(configMap(t, ns, "owner"))))
	second := create(t, workspaceWith(ns, "second", by(first)))
	configMap(t, ns, "last", by(second))
	observed(t, ns)
	deleteConfigMap(t, ns, "owner", metav1.DeletePropagationForeground)
	for _, name := range []string{"owner", "last"} {
		env.Eventually(t, name+" is gone", func() error { return absent(configMapExists(t.Context(), ns, name)) })
	}
	gone(t, ns, "first")
	gone(t, ns, "second")
}
