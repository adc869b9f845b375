// Package kinds holds what the server promises where the cluster has no Datalabs, gets them, and loses them again; and where it
// may keep no fences. It has a control plane of its own for that.
package kinds

import (
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/integration/env"
)

var e *env.Env

func TestMain(m *testing.M) {
	os.Exit(env.Main(m, env.Options{
		Replicas:        2,
		WithoutDatalabs: true, WithoutOperators: true,
		Configure: func(o *apiserver.Options) { o.FenceNamespace = "" },
	}, &e))
}

// The cluster begins without Datalabs, gets the kind, and loses it again: workspaces are there all along, every watcher learns
// of it, versions increase, and what needs a Datalab works exactly while the cluster has the kind. And all of it without fences:
// watches are late then, and as exact.
func TestDatalabsComeAndGo(t *testing.T) {
	ns := e.Namespace(t)
	var informers []*env.Informer
	for _, replica := range e.Replicas {
		informers = append(informers, env.Inform(t, replica, ns))
	}
	before := env.Workspace(ns, "before")
	before.Spec.Owner = ""
	made, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), before, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create without Datalabs: %v", err)
	}
	if has := condition(made, "DatalabReady"); has != nil {
		t.Errorf("without Datalabs there is the condition %+v", has)
	}
	follow(t, ns, informers)
	if _, err := addMember(t, ns, "before"); !apierrors.IsInvalid(err) {
		t.Errorf("a member without Datalabs: got %v, want a refusal", err)
	}

	if err := e.InstallDatalabs(t.Context()); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "members can be added", func() error { _, err := addMember(t, ns, "before"); return err })
	if _, err := e.Datalabs(ns).Get(t.Context(), "before", metav1.GetOptions{}); err != nil {
		t.Errorf("the workspace got no Datalab: %v", err)
	}
	env.Eventually(t, "the other replica knows of the kind", func() error {
		now, err := e.Replicas[1].Workspaces(ns).Create(t.Context(), env.Workspace(ns, "during"), metav1.CreateOptions{})
		if apierrors.IsAlreadyExists(err) || err == nil && condition(now, "DatalabReady") != nil {
			return nil
		}
		return fmt.Errorf("got %v", err)
	})
	follow(t, ns, informers)
	sameStory(t, ns)
	follow(t, ns, informers)
	removeDatalabs(t)
	for i, replica := range e.Replicas {
		env.Eventually(t, fmt.Sprintf("replica %d shows workspaces without Datalabs", i), func() error {
			now, err := replica.Workspaces(ns).Get(t.Context(), "before", metav1.GetOptions{})
			if err != nil {
				return err
			}
			if len(now.Spec.Members) > 0 || condition(now, "DatalabReady") != nil {
				return fmt.Errorf("it is %+v", now.Spec)
			}
			if env.Version(t, now.ResourceVersion) < env.Version(t, made.ResourceVersion) {
				t.Errorf("the version went back from %s to %s", made.ResourceVersion, now.ResourceVersion)
			}
			return nil
		})
		list, err := replica.Workspaces(ns).List(t.Context(), metav1.ListOptions{})
		if err != nil || !slices.Equal(names(list), []string{"before", "during", "story"}) {
			t.Errorf("replica %d lists %v (%v)", i, names(list), err)
		}
	}
	follow(t, ns, informers)
}

// follow waits until each replica's informer has what the replica lists.
func follow(t *testing.T, ns string, informers []*env.Informer) {
	t.Helper()
	for i, informer := range informers {
		env.Eventually(t, fmt.Sprintf("the informer of replica %d follows", i), func() error {
			list, err := e.Replicas[i].Workspaces(ns).List(t.Context(), metav1.ListOptions{})
			if err != nil {
				return err
			}
			return informer.Agrees(list)
		})
	}
}

// sameStory has both replicas watched while both parts are written, and a consistent list follow each write.
func sameStory(t *testing.T, ns string) {
	t.Helper()
	begin, err := e.Replicas[0].Workspaces(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	recorders := record(t, ns, begin.ResourceVersion)
	last, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), env.Workspace(ns, "story"), metav1.CreateOptions{})
	for i := 0; err == nil && i < 3; i++ {
		content := fmt.Sprintf(`{"spec": {"members": [{"name": "m%d"}], "storage": {"buckets": [{"name": "story-%s-%d"}]}}}`, i, ns, i)
		last, err = e.Replicas[i%2].Workspaces(ns).Patch(t.Context(), "story", types.MergePatchType, []byte(content), metav1.PatchOptions{})
	}
	if err != nil {
		t.Fatal(err)
	}
	list, err := e.Replicas[1].Workspaces(ns).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.Index(names(list), "story")
	if i < 0 || list.Items[i].ResourceVersion != last.ResourceVersion {
		t.Errorf("a consistent list is not: %v", names(list))
	}
	var stories [][]string
	for _, r := range recorders {
		var story []string
		for _, event := range r.AwaitVersion(t, env.Version(t, last.ResourceVersion)) {
			story = append(story, event.String())
		}
		stories = append(stories, story)
	}
	if diff := cmp.Diff(stories[0], stories[1]); diff != "" {
		t.Errorf("the replicas tell different stories (-first +second):\n%s", diff)
	}
}

func record(t *testing.T, ns, version string) []*env.Recorder {
	t.Helper()
	var all []*env.Recorder
	for _, replica := range e.Replicas {
		all = append(all, env.Record(t, replica.Workspaces(ns), version))
	}
	return all
}

func addMember(t *testing.T, ns, name string) (*v1alpha1.Workspace, error) {
	return e.Replicas[0].Workspaces(ns).Patch(t.Context(), name, types.MergePatchType,
		[]byte(`{"spec": {"owner": "alice", "members": [{"name": "bob"}]}}`), metav1.PatchOptions{})
}

func removeDatalabs(t *testing.T) {
	t.Helper()
	if err := e.Dynamic.Resource(crds).Delete(t.Context(), "datalabs.pkg.internal", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the kind goes", func() error {
		if _, err := e.Dynamic.Resource(crds).Get(t.Context(), "datalabs.pkg.internal", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("got %v", err)
		}
		return nil
	})
}

func condition(ws *v1alpha1.Workspace, kind string) *metav1.Condition {
	i := slices.IndexFunc(ws.Status.Conditions, func(c metav1.Condition) bool { return c.Type == kind })
	if i < 0 {
		return nil
	}
	return &ws.Status.Conditions[i]
}

func names(list *v1alpha1.WorkspaceList) []string {
	var all []string
	for _, ws := range list.Items {
		all = append(all, ws.Name)
	}
	return all
}
