package integration

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// Through kube-apiserver users reach the same workspaces and watches, as who they are: the one who may, may; the one who has no
// role is refused, there and at each replica.
func TestUsersAreWhoTheyAreOnEveryWay(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	through := func(config *rest.Config, err error) typed.WorkspaceInterface {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		clients, err := versioned.NewForConfig(config)
		if err != nil {
			t.Fatal(err)
		}
		return clients.EoepcaV1alpha1().Workspaces(ns)
	}
	operator := through(e.Aggregated(env.Operator))
	made := create(t, operator, env.Workspace(ns, "one"))
	recorder := env.Record(t, operator, made.ResourceVersion)
	changed, err := patch(t, e.Replicas[1].Workspaces(ns), "one", object{"spec": object{"members": []any{object{"name": "bob"}}}})
	if err != nil {
		t.Fatal(err)
	}
	recorder.AwaitVersion(t, env.Version(t, changed.ResourceVersion))
	if got := get(t, operator, "one"); got.UID != made.UID || len(got.Spec.Members) != 1 {
		t.Errorf("through kube-apiserver it is %+v", got.Spec)
	}
	for way, stranger := range map[string]typed.WorkspaceInterface{
		"kube-apiserver":     through(e.Aggregated("eric")),
		"the first replica":  through(e.Replicas[0].As("eric")),
		"the second replica": through(e.Replicas[1].As("eric")),
	} {
		if _, err := stranger.Get(t.Context(), "one", metav1.GetOptions{}); !apierrors.IsForbidden(err) {
			t.Errorf("through %s a stranger gets %v, want 403", way, err)
		}
	}
}
