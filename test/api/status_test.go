package api

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// provide plays the provider of a part: it has seen the present generation, and is as ready as told.
func provide(t testing.TB, parts dynamic.ResourceInterface, name, ready string, more object) {
	t.Helper()
	part, err := parts.Get(t.Context(), name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	condition := func(kind, status string) object {
		return object{
			"type": kind, "status": status, "reason": "Played", "message": "by the test",
			"lastTransitionTime": time.Now().UTC().Format(time.RFC3339), "observedGeneration": part.GetGeneration(),
		}
	}
	status := object{"conditions": []any{condition("Synced", "True"), condition("Ready", ready)}}
	for key, value := range more {
		status[key] = value
	}
	if _, err := parts.Patch(t.Context(), name, types.MergePatchType, encode(t, object{"status": status}), metav1.PatchOptions{}, "status"); err != nil {
		t.Fatal(err)
	}
}

// isReady says whether a tool that follows kstatus takes the workspace for finished.
func isReady(ws *v1alpha1.Workspace) bool {
	return meta.IsStatusConditionTrue(ws.Status.Conditions, v1alpha1.ConditionReady) && ws.Status.ObservedGeneration >= ws.Generation
}

func condition(ws *v1alpha1.Workspace, kind string) string {
	c := meta.FindStatusCondition(ws.Status.Conditions, kind)
	if c == nil {
		return ""
	}
	return string(c.Status)
}

// From its creation on a workspace is ready only when both its parts are, and have seen what was asked for last.
func TestStatusWaitsForBothParts(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := operator(t).post(t, at(ns), written(t, ns, "one", "")).want(t, http.StatusCreated).workspace(t)
	want := func(step string, ws *v1alpha1.Workspace, ready bool, storage, datalab string) {
		t.Helper()
		if isReady(ws) != ready || condition(ws, v1alpha1.ConditionStorageReady) != storage || condition(ws, v1alpha1.ConditionDatalabReady) != datalab {
			t.Errorf("%s: generation %d, status %+v", step, ws.Generation, ws.Status)
		}
	}
	get := func() *v1alpha1.Workspace {
		return operator(t).get(t, at(ns, ws.Name)).want(t, http.StatusOK).workspace(t)
	}
	want("the answer to the create", ws, false, "Unknown", "Unknown")
	provide(t, e.Storages(ns), ws.Name, "True", nil)
	want("the Storage is ready", get(), false, "True", "Unknown")
	provide(t, e.Datalabs(ns), ws.Name, "False", nil)
	half := get()
	want("the Datalab is not", half, false, "True", "False")
	if c := meta.FindStatusCondition(half.Status.Conditions, v1alpha1.ConditionReady); c.Message != "Datalab: by the test" {
		t.Errorf("it waits for %q", c.Message)
	}
	provide(t, e.Datalabs(ns), ws.Name, "True", nil)
	done := get()
	want("both are", done, true, "True", "True")
	if len(done.Status.Parts) != 2 || done.Status.Parts[0].Kind != "Storage" || done.Status.Parts[1].UID == "" {
		t.Errorf("the parts are %+v", done.Status.Parts)
	}

	for change, body := range map[string]string{
		"of the Datalab": `{"spec": {"members": [{"name": "bob"}]}}`,
		"of the Storage": `{"spec": {"storage": {"buckets": [{"name": "` + ws.Name + `-more"}]}}}`,
		"of both":        `{"spec": {"members": [{"name": "carol"}], "storage": {"buckets": [{"name": "` + ws.Name + `-most"}]}}}`,
	} {
		changed := operator(t).patch(t, at(ns, ws.Name), strategicPatch, body).want(t, http.StatusOK).workspace(t)
		if isReady(changed) || changed.Generation <= done.Generation || changed.Status.ObservedGeneration >= changed.Generation {
			t.Errorf("the answer to a change %s is ready: generation %d after %d, status %+v", change, changed.Generation, done.Generation, changed.Status)
		}
		provide(t, e.Storages(ns), ws.Name, "True", nil)
		provide(t, e.Datalabs(ns), ws.Name, "True", nil)
		if done = get(); !isReady(done) {
			t.Errorf("a change %s is done, but: generation %d, status %+v", change, done.Generation, done.Status)
		}
	}
	labelled := operator(t).patch(t, at(ns, ws.Name), mergePatch, `{"metadata": {"labels": {"a": "b"}}}`).want(t, http.StatusOK).workspace(t)
	if labelled.Generation != done.Generation || !isReady(labelled) {
		t.Errorf("a label made generation %d of %d", labelled.Generation, done.Generation)
	}
}

// What providers say of sessions is the workspace's status, in its words.
func TestStatusOfSessions(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", `sessions: [{name: a}, {name: b, state: Stopped}]`)
	provide(t, e.Datalabs(ns), ws.Name, "True", object{"sessions": object{"a": object{"state": "started", "phase": "Running", "url": "https://a.example.org", "message": "up"}}})
	got := operator(t).get(t, at(ns, ws.Name)).want(t, http.StatusOK).workspace(t)
	var a v1alpha1.SessionStatus
	for _, s := range got.Status.Sessions {
		if s.Name == "a" {
			a = s
		}
	}
	if want := (v1alpha1.SessionStatus{Name: "a", State: v1alpha1.SessionStarted, Phase: "Running", URL: "https://a.example.org", Message: "up"}); a != want {
		t.Errorf("the status is %+v", got.Status.Sessions)
	}
	env.Eventually(t, "the subresource says the same", func() error {
		if s := operator(t).get(t, at(ns, ws.Name, "status")).want(t, http.StatusOK).workspace(t); len(s.Status.Sessions) != len(got.Status.Sessions) {
			return fmt.Errorf("it says %+v", s.Status)
		}
		return nil
	})
}
