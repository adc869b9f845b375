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

func TestSessionsChangesSessionsAndNothingElse(t *testing.T) {
	f := newFixture(t)
	before := f.create(named("ws-alice"))
	sessions := f.storage["workspaces/sessions"].(rest.Patcher)
	change := changed(func(ws *eoepca.Workspace) {
		ws.Spec.Sessions = append(ws.Spec.Sessions, eoepca.Session{Name: "gpu", State: eoepca.SessionStarted})
		ws.Spec.Owner = "mallory"
		ws.Spec.Storage.Buckets = nil
		ws.Labels = map[string]string{"team": "red"}
		ws.Finalizers = []string{"example.org/hold"}
		ws.Status.ObservedGeneration = 12
	})
	obj, _, err := sessions.Update(as("alice"), "ws-alice", change, nil, nil, false, &metav1.UpdateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	after := obj.(*eoepca.Workspace)
	want := before.DeepCopy()
	want.ResourceVersion, want.Generation = after.ResourceVersion, 2
	want.Spec.Sessions = append(want.Spec.Sessions, eoepca.Session{Name: "gpu", State: eoepca.SessionStarted})
	if diff := cmp.Diff(want, after); diff != "" {
		t.Error(diff)
	}
}

func TestSessionsKeepsTheLimit(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	sessions := f.storage["workspaces/sessions"].(rest.Patcher)
	tooMany := changed(func(ws *eoepca.Workspace) {
		ws.Spec.Sessions = []eoepca.Session{{Name: "a"}, {Name: "b"}, {Name: "c"}}
	})
	if _, _, err := sessions.Update(as("alice"), "ws-alice", tooMany, nil, nil, false, &metav1.UpdateOptions{}); !apierrors.IsInvalid(err) {
		t.Errorf("three sessions where two are allowed: %v, want 422", err)
	}
}

func TestSessionsNeverCreatesAWorkspace(t *testing.T) {
	f := newFixture(t)
	sessions := f.storage["workspaces/sessions"].(rest.Patcher)
	apply := rest.DefaultUpdatedObjectInfo(named("ws-alice"))
	if _, _, err := sessions.Update(as("alice"), "ws-alice", apply, nil, nil, true, &metav1.UpdateOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("apply to a missing workspace: %v, want 404", err)
	}
}

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
