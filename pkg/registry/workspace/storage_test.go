package workspace

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestCreateCompletesTheWorkspaceAndDropsItsStatus(t *testing.T) {
	f := newFixture(t)
	ws := named("ws-alice")
	ws.Status.ObservedGeneration = 7
	created := f.create(ws)
	if created.Status.ObservedGeneration != 0 {
		t.Error("a client's status was kept")
	}
	if created.Generation != 1 || created.UID == "" || created.CreationTimestamp.IsZero() {
		t.Errorf("incomplete metadata: %+v", created.ObjectMeta)
	}
	want := eoepca.WorkspaceSpec{Environment: "datalab", Owner: "alice"}
	got := eoepca.WorkspaceSpec{Environment: created.Spec.Environment, Owner: created.Spec.Owner}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if sessions := created.Spec.Sessions; len(sessions) != 1 || sessions[0].State != eoepca.SessionStopped {
		t.Errorf("sessions %v: want the default session, stopped", sessions)
	}
}

func TestUpdateKeepsStatusAndCountsGenerations(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	for _, step := range []struct {
		name       string
		change     func(*eoepca.Workspace)
		generation int64
	}{
		{"a label", func(ws *eoepca.Workspace) { ws.Labels = map[string]string{"team": "red"} }, 1},
		{"the status", func(ws *eoepca.Workspace) { ws.Status.ObservedGeneration = 9 }, 1},
		{"the spec", func(ws *eoepca.Workspace) { ws.Spec.Owner = "bob" }, 2},
		{"the generation", func(ws *eoepca.Workspace) { ws.Generation = 40 }, 2},
	} {
		obj, _, err := f.workspaces().Update(as("operator"), "ws-alice", changed(step.change), nil, nil, false, &metav1.UpdateOptions{})
		if err != nil {
			t.Fatalf("change of %s: %v", step.name, err)
		}
		ws := obj.(*eoepca.Workspace)
		if ws.Generation != step.generation || ws.Status.ObservedGeneration != 0 {
			t.Errorf("change of %s: generation %d, want %d; observedGeneration %d, want 0", step.name, ws.Generation, step.generation, ws.Status.ObservedGeneration)
		}
	}
}

func TestPutNeedsAVersionAndNeverCreates(t *testing.T) {
	f := newFixture(t)
	put := func(ws *eoepca.Workspace) error {
		_, _, err := f.workspaces().Update(as("alice"), ws.Name, rest.DefaultUpdatedObjectInfo(ws), nil, nil, false, &metav1.UpdateOptions{})
		return err
	}
	if err := put(named("ws-alice")); !apierrors.IsNotFound(err) {
		t.Errorf("PUT of a missing workspace: %v, want 404", err)
	}
	created := f.create(named("ws-alice"))
	unversioned := created.DeepCopy()
	unversioned.ResourceVersion = ""
	if err := put(unversioned); !apierrors.IsInvalid(err) {
		t.Errorf("PUT without resourceVersion: %v, want 422", err)
	}
	stale := created.DeepCopy()
	stale.ResourceVersion = "99"
	if err := put(stale); !apierrors.IsConflict(err) {
		t.Errorf("PUT of another resourceVersion: %v, want 409", err)
	}
}

func TestDryRunAsksThePartsAboutTheCompleteObjectAndStoresNothing(t *testing.T) {
	f := newFixture(t)
	all := []string{metav1.DryRunAll}
	if _, err := f.workspaces().Create(as("alice"), named("ws-alice"), nil, &metav1.CreateOptions{DryRun: all}); err != nil {
		t.Fatal(err)
	}
	f.create(named("ws-bob"))
	toBob := changed(func(ws *eoepca.Workspace) { ws.Spec.Owner = "bob" })
	if _, _, err := f.workspaces().Update(as("alice"), "ws-bob", toBob, nil, nil, false, &metav1.UpdateOptions{DryRun: all}); err != nil {
		t.Fatal(err)
	}
	want := []string{"create ws-alice of alice", "update ws-bob of alice to bob"}
	if diff := cmp.Diff(want, f.backend.dryRuns); diff != "" {
		t.Errorf("dry runs: %s", diff)
	}
	if len(f.backend.workspaces) != 1 || f.get("ws-bob").Spec.Owner != "alice" {
		t.Error("a dry run was stored")
	}

	f.backend.refuses = errors.New("quota exceeded")
	if _, err := f.workspaces().Create(as("alice"), named("ws-eric"), nil, &metav1.CreateOptions{DryRun: all}); err == nil {
		t.Error("the parts' refusal was lost")
	}
	asked := len(f.backend.dryRuns)
	invalid := named("ws-eric")
	invalid.Spec.Storage.Buckets = []eoepca.Bucket{discoverable("Not A Bucket")}
	if _, err := f.workspaces().Create(as("alice"), invalid, nil, &metav1.CreateOptions{DryRun: all}); !apierrors.IsInvalid(err) || len(f.backend.dryRuns) != asked {
		t.Errorf("%v: want 422 before the parts are asked", err)
	}
}

func TestDeleteAnswersTheTerminatingWorkspaceOrThatItIsGone(t *testing.T) {
	f := newFixture(t)
	f.backend.terminates = true
	created := f.create(named("ws-alice"))
	obj, deleted, err := f.workspaces().Delete(as("alice"), "ws-alice", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{})
	if ws, ok := obj.(*eoepca.Workspace); err != nil || deleted || !ok || ws.DeletionTimestamp == nil {
		t.Errorf("got %v, %v, %v: want the terminating workspace", obj, deleted, err)
	}
	f.backend.terminates = false
	f.create(named("ws-bob"))
	obj, deleted, err = f.workspaces().Delete(as("alice"), "ws-bob", rest.ValidateAllObjectFunc, &metav1.DeleteOptions{})
	if status, ok := obj.(*metav1.Status); err != nil || !deleted || !ok || status.Details.Name != "ws-bob" || status.Details.UID == created.UID {
		t.Errorf("got %v, %v, %v: want a status with name and uid", obj, deleted, err)
	}
}

func TestFieldSelectorsSelectByOwnerAndEnvironment(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	other := named("ws-bob")
	other.Spec.Owner, other.Spec.Environment = "bob", "other"
	f.create(other)
	for selector, want := range map[string]string{
		"":                                   "ws-alice ws-bob",
		"spec.owner=bob":                     "ws-bob",
		"spec.environment=datalab":           "ws-alice",
		"metadata.name=ws-bob":               "ws-bob",
		"metadata.namespace=elsewhere":       "",
		"spec.owner=alice,metadata.name!=ws": "ws-alice",
	} {
		options := &internalversion.ListOptions{FieldSelector: fields.ParseSelectorOrDie(selector)}
		list, err := f.workspaces().List(as("operator"), options)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, ws := range list.(*eoepca.WorkspaceList).Items {
			names = append(names, ws.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q selects %q, want %q", selector, got, want)
		}
	}
}

func TestWhatCannotBeMadeIsTheClientsFault(t *testing.T) {
	f := newFixture(t)
	for name, test := range map[string]struct {
		version string
		parts   error
		options metav1.CreateOptions
		want    func(error) bool
	}{
		"a version":                     {version: "7", want: apierrors.IsBadRequest},
		"a version, dry run":            {version: "7", options: metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}, want: apierrors.IsBadRequest},
		"a part that is there, dry run": {parts: storage.NewKeyExistsError("key", 0), options: metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}, want: apierrors.IsAlreadyExists},
		"a part that says no, dry run":  {parts: apierrors.NewBadRequest("no"), options: metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}, want: apierrors.IsBadRequest},
	} {
		ws := named("ws-alice")
		ws.ResourceVersion, f.backend.refuses = test.version, test.parts
		if _, err := f.workspaces().Create(as("alice"), ws, nil, &test.options); !test.want(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(f.backend.workspaces) != 0 {
		t.Error("something was made")
	}
}
