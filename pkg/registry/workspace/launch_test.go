package workspace

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestLaunchStartsADeclaredSession(t *testing.T) {
	f := newFixture(t)
	ws := named("ws-alice")
	ws.Spec.Sessions = []eoepca.Session{{Name: "default", State: eoepca.SessionStopped}, {Name: "gpu", State: eoepca.SessionStopped}}
	f.create(ws)
	launch := f.storage["workspaces/launch"].(rest.NamedCreater)
	start := func(session string, options *metav1.CreateOptions) (*eoepca.WorkspaceLaunch, error) {
		request := &eoepca.WorkspaceLaunch{Spec: eoepca.WorkspaceLaunchSpec{Session: session}}
		obj, err := launch.Create(as("alice"), "ws-alice", request, rest.ValidateAllObjectFunc, options)
		if err != nil {
			return nil, err
		}
		return obj.(*eoepca.WorkspaceLaunch), nil
	}

	if _, err := start("gpu", &metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}); err != nil {
		t.Fatal(err)
	}
	if state := f.get("ws-alice").Spec.Sessions[1].State; state != eoepca.SessionStopped {
		t.Errorf("after a dry run the session is %s", state)
	}
	for range 2 { // starting a started session is no error
		launched, err := start("gpu", &metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if launched.Name != "ws-alice" || launched.Status.Name != "gpu" {
			t.Errorf("answer %+v: want that of session gpu in ws-alice", launched)
		}
	}
	if !f.backend.answeredPartly {
		t.Error("the Storage is read for an answer that shows nothing of it")
	}
	want := []eoepca.Session{{Name: "default", State: eoepca.SessionStopped}, {Name: "gpu", State: eoepca.SessionStarted}}
	if diff := cmp.Diff(want, f.get("ws-alice").Spec.Sessions); diff != "" {
		t.Error(diff)
	}

	_, err := start("tpu", &metav1.CreateOptions{})
	if !apierrors.IsNotFound(err) || !strings.Contains(err.Error(), `declares "default", "gpu"`) {
		t.Errorf("undeclared session: %v, want 404 that names the declared ones", err)
	}
	if _, err := start("", &metav1.CreateOptions{}); !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "spec.session") {
		t.Errorf("no session: %v, want 422 for spec.session", err)
	}
}
