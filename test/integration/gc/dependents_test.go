package gc

import (
	"fmt"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

const (
	dependentMaps       = 6
	dependentWorkspaces = 2
)

// origins are the two ways in which a workspace comes to be.
var origins = map[string]func(testing.TB, string, string) *v1alpha1.Workspace{
	"made here": func(t testing.TB, namespace, name string) *v1alpha1.Workspace {
		return create(t, env.Workspace(namespace, name))
	},
	"adopted": pair,
}

// family makes dependents of a workspace, ConfigMaps and other workspaces.
func family(t testing.TB, owner *v1alpha1.Workspace) (maps, dependents []string) {
	t.Helper()
	for i := range dependentMaps {
		name := fmt.Sprintf("%s-map-%d", owner.Name, i)
		configMap(t, owner.Namespace, name, by(owner))
		maps = append(maps, name)
	}
	for i := range dependentWorkspaces {
		name := fmt.Sprintf("%s-ws-%d", owner.Name, i)
		create(t, workspaceWith(owner.Namespace, name, by(owner)))
		dependents = append(dependents, name)
	}
	return maps, dependents
}

// A workspace that is deleted in the background or in the foreground takes all its dependents along.
func TestDependentsGoWithTheirWorkspace(t *testing.T) {
	t.Parallel()
	for _, policy := range []metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground} {
		for how, begin := range origins {
			t.Run(string(policy)+", "+how, func(t *testing.T) {
				t.Parallel()
				ns := e.Namespace(t)
				provide(t, ns)
				owner := begin(t, ns, "owner")
				maps, dependents := family(t, owner)
				observed(t, ns)
				if err := workspaces(ns).Delete(t.Context(), owner.Name, propagation(policy)); err != nil {
					t.Fatal(err)
				}
				for _, name := range append(dependents, owner.Name) {
					gone(t, ns, name)
				}
				for _, name := range maps {
					env.Eventually(t, name+" is collected", func() error { return absent(configMapExists(t.Context(), ns, name)) })
				}
			})
		}
	}
}

// In the foreground a dependent that says so goes before its workspace, and until then the workspace keeps both parts.
func TestForegroundWaitsForDependents(t *testing.T) {
	t.Parallel()
	for how, begin := range origins {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			provide(t, ns)
			owner := begin(t, ns, "owner")
			dependent := workspaceWith(ns, "dependent", by(owner))
			dependent.Finalizers = []string{"example.org/hold"}
			create(t, dependent)
			observed(t, ns)
			if err := workspaces(ns).Delete(t.Context(), "owner", propagation(metav1.DeletePropagationForeground)); err != nil {
				t.Fatal(err)
			}
			env.Eventually(t, "the dependent is deleted", func() error { return terminates(t, ns, "dependent") })
			if err := terminates(t, ns, "owner"); err != nil {
				t.Errorf("the owner while its dependent is held: %v", err)
			}
			lab, err := e.Datalabs(ns).Get(t.Context(), "owner", metav1.GetOptions{})
			if err != nil || lab.GetDeletionTimestamp() != nil {
				t.Errorf("the owner's Datalab goes while its dependent is held (%v)", err)
			}
			if err := mergePatch(t, ns, "dependent", finalizers()); err != nil {
				t.Fatal(err)
			}
			gone(t, ns, "dependent")
			gone(t, ns, "owner")
		})
	}
}

// terminates answers nil when a workspace is there and being deleted.
func terminates(t testing.TB, namespace, name string) error {
	ws, err := workspaces(namespace).Get(t.Context(), name, metav1.GetOptions{})
	if err == nil && ws.DeletionTimestamp == nil {
		err = fmt.Errorf("it is not being deleted")
	}
	return err
}

// A workspace that is deleted as to orphan its dependents leaves every one of them behind, without the reference.
func TestOrphansAreAllKept(t *testing.T) {
	t.Parallel()
	for how, begin := range origins {
		for round := range 4 {
			t.Run(fmt.Sprintf("%s, round %d", how, round), func(t *testing.T) {
				t.Parallel()
				ns := e.Namespace(t)
				provide(t, ns)
				owner := begin(t, ns, "owner")
				maps, dependents := family(t, owner)
				observed(t, ns)
				if err := workspaces(ns).Delete(t.Context(), owner.Name, propagation(metav1.DeletePropagationOrphan)); err != nil {
					t.Fatal(err)
				}
				gone(t, ns, "owner")
				observed(t, ns) // and has come to a decision on all that the owner left
				for _, name := range maps {
					kept, err := e.Admin.CoreV1().ConfigMaps(ns).Get(t.Context(), name, metav1.GetOptions{})
					if err != nil || kept.DeletionTimestamp != nil || len(kept.OwnerReferences) > 0 {
						t.Errorf("ConfigMap %s was not kept: %v %v", name, err, kept.ObjectMeta)
					}
				}
				for _, name := range dependents {
					kept, err := workspaces(ns).Get(t.Context(), name, metav1.GetOptions{})
					if err != nil || kept.DeletionTimestamp != nil || len(kept.OwnerReferences) > 0 {
						t.Errorf("workspace %s was not kept: %v %v", name, err, kept.ObjectMeta)
					}
				}
			})
		}
	}
}

// Whoever changes his mind while a deletion waits is heard: what was to go along is orphaned after all, or the other way round.
func TestAnotherPolicyDuringDeletion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policies []metav1.DeletionPropagation
		kept     bool
	}{
		"orphan after foreground":     {[]metav1.DeletionPropagation{metav1.DeletePropagationForeground, metav1.DeletePropagationOrphan}, true},
		"orphan after background":     {[]metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationOrphan}, true},
		"foreground after background": {[]metav1.DeletionPropagation{metav1.DeletePropagationBackground, metav1.DeletePropagationForeground}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			provide(t, ns)
			ws := env.Workspace(ns, "owner")
			ws.Finalizers = []string{"example.org/hold"}
			owner := create(t, ws)
			dependent := configMap(t, ns, "dependent", by(owner))
			dependent.Finalizers = []string{"example.org/hold"}
			if _, err := e.Admin.CoreV1().ConfigMaps(ns).Update(t.Context(), dependent, metav1.UpdateOptions{}); err != nil {
				t.Fatal(err)
			}
			observed(t, ns)
			for _, policy := range test.policies {
				if err := workspaces(ns).Delete(t.Context(), "owner", propagation(policy)); err != nil {
					t.Fatalf("%s: %v", policy, err)
				}
			}
			observed(t, ns)
			now, err := e.Admin.CoreV1().ConfigMaps(ns).Get(t.Context(), "dependent", metav1.GetOptions{})
			if err != nil || test.kept != (len(now.OwnerReferences) == 0) {
				t.Errorf("the dependent has the owners %v (%v), want it orphaned: %v", now.OwnerReferences, err, test.kept)
			}
			patch := []byte(`{"metadata":{"finalizers":[]}}`)
			if _, err := e.Admin.CoreV1().ConfigMaps(ns).Patch(t.Context(), "dependent", types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := mergePatch(t, ns, "owner", finalizers()); err != nil {
				t.Fatal(err)
			}
			gone(t, ns, "owner")
		})
	}
}
