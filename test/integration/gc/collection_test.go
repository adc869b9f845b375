package gc

import (
	"fmt"
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/test/integration/env"
)

// remain waits until just these workspaces are left in a namespace, with both parts, and none of others.
func remain(t testing.TB, namespace string, want ...string) {
	t.Helper()
	slices.Sort(want)
	env.Eventually(t, fmt.Sprintf("%v are left", want), func() error {
		all, err := workspaces(namespace).List(t.Context(), metav1.ListOptions{})
		if err != nil {
			return err
		}
		var names []string
		for _, ws := range all.Items {
			names = append(names, ws.Name)
		}
		if !slices.Equal(names, want) {
			return fmt.Errorf("there are %v", names)
		}
		for kind, parts := range kinds(namespace) {
			list, err := parts.List(t.Context(), metav1.ListOptions{})
			if err != nil || len(list.Items) != len(want) {
				return fmt.Errorf("there are %d %ss (%w)", len(list.Items), kind, err)
			}
		}
		return nil
	})
}

// A collection is deleted as far as it is selected, by whatever policy.
func TestSelectedWorkspacesAreDeleted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		selected metav1.ListOptions
		options  metav1.DeleteOptions
		left     []string
	}{
		"by label": {metav1.ListOptions{LabelSelector: "odd=true"}, metav1.DeleteOptions{}, []string{"w0", "w2", "w4", "pair"}},
		"by label, in the foreground": {
			metav1.ListOptions{LabelSelector: "odd=true"}, propagation(metav1.DeletePropagationForeground), []string{"w0", "w2", "w4", "pair"},
		},
		"by label, orphaning": {
			metav1.ListOptions{LabelSelector: "odd!=true"}, propagation(metav1.DeletePropagationOrphan), []string{"w1", "w3"},
		},
		"by owner":             {metav1.ListOptions{FieldSelector: "spec.owner=bob"}, metav1.DeleteOptions{}, []string{"w1", "w2", "w3", "w4", "pair"}},
		"by name":              {metav1.ListOptions{FieldSelector: "metadata.name=pair"}, metav1.DeleteOptions{}, []string{"w0", "w1", "w2", "w3", "w4"}},
		"by label and owner":   {metav1.ListOptions{LabelSelector: "odd=false", FieldSelector: "spec.owner!=bob"}, metav1.DeleteOptions{}, []string{"w0", "w1", "w3", "pair"}},
		"none":                 {metav1.ListOptions{LabelSelector: "odd=neither"}, metav1.DeleteOptions{}, []string{"w0", "w1", "w2", "w3", "w4", "pair"}},
		"all":                  {metav1.ListOptions{}, metav1.DeleteOptions{}, nil},
		"all, in a dry run":    {metav1.ListOptions{}, metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}, []string{"w0", "w1", "w2", "w3", "w4", "pair"}},
		"all, two and no more": {metav1.ListOptions{Limit: 2}, metav1.DeleteOptions{}, []string{"w1", "w2", "w3", "w4"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ns := e.Namespace(t)
			for i := range 5 {
				ws := env.Workspace(ns, fmt.Sprint("w", i))
				ws.Labels = map[string]string{"odd": fmt.Sprint(i%2 == 1)}
				if i == 0 {
					ws.Spec.Owner = "bob"
				}
				create(t, ws)
			}
			pair(t, ns, "pair")
			if err := workspaces(ns).DeleteCollection(t.Context(), test.options, test.selected); err != nil {
				t.Fatal(err)
			}
			remain(t, ns, test.left...)
		})
	}
}

// A deletion with preconditions that do not hold, and one that is a dry run, change nothing at all.
func TestDeletionThatDoesNothing(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for how, begin := range origins {
		name := map[string]string{"made here": "made", "adopted": "adopted"}[how]
		ws := begin(t, ns, name)
		for what, test := range map[string]struct {
			options metav1.DeleteOptions
			refused func(error) bool
		}{
			"another uid":     {metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: ptr.To(types.UID("another"))}}, apierrors.IsConflict},
			"another version": {metav1.DeleteOptions{Preconditions: &metav1.Preconditions{ResourceVersion: ptr.To("1")}}, apierrors.IsConflict},
			"dry run":         {metav1.DeleteOptions{DryRun: []string{metav1.DryRunAll}}, nil},
		} {
			for _, policy := range []*metav1.DeletionPropagation{
				nil, ptr.To(metav1.DeletePropagationBackground), ptr.To(metav1.DeletePropagationForeground), ptr.To(metav1.DeletePropagationOrphan),
			} {
				test.options.PropagationPolicy = policy
				err := workspaces(ns).Delete(t.Context(), name, test.options)
				if test.refused == nil && err != nil || test.refused != nil && !test.refused(err) {
					t.Errorf("%s, %s, %s: %v", how, what, ptr.Deref(policy, "by default"), err)
				}
			}
		}
		now, err := workspaces(ns).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || now.ResourceVersion != ws.ResourceVersion {
			t.Errorf("%s: has been changed (%v)", how, err)
			continue
		}
		options := propagation(metav1.DeletePropagationForeground)
		options.Preconditions = &metav1.Preconditions{UID: &now.UID, ResourceVersion: &now.ResourceVersion}
		if err := workspaces(ns).Delete(t.Context(), name, options); err != nil {
			t.Errorf("%s: with preconditions that hold: %v", how, err)
		}
		gone(t, ns, name)
	}
}
