package integration

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/integration/env"
)

func TestWorkspaceIsMadeOfAPair(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	made, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), env.Workspace(ns, "one"), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Storages(ns).Get(t.Context(), "one", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	if _, err := e.Datalabs(ns).Get(t.Context(), "one", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	got, err := e.Replicas[1].Workspaces(ns).Get(t.Context(), "one", metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got.ResourceVersion != made.ResourceVersion {
		t.Errorf("the other replica answers version %s of what was made as %s", got.ResourceVersion, made.ResourceVersion)
	}
}
