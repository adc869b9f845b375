package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

func TestCreateAndGet(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := operator(t).post(t, at(ns), written(t, ns, "one", "")).want(t, http.StatusCreated).workspace(t)
	got := operator(t).get(t, at(ns, ws.Name)).want(t, 200).workspace(t)
	if diff := cmp.Diff(ws.Spec, got.Spec); diff != "" || got.UID != ws.UID || got.Generation != ws.Generation {
		t.Errorf("a get answers something else than the create (-create +get):\n%s", diff)
	}
	if ws.UID == "" || ws.ResourceVersion == "" || ws.CreationTimestamp.IsZero() || ws.Generation == 0 {
		t.Errorf("metadata is incomplete: %+v", ws.ObjectMeta)
	}
	again := operator(t).post(t, at(ns), written(t, ns, "one", "")).want(t, http.StatusConflict).status(t)
	if again.Reason != metav1.StatusReasonAlreadyExists || again.Message != `workspaces.eoepca.org "`+ws.Name+`" already exists` {
		t.Errorf("a second create answers %s: %s", again.Reason, again.Message)
	}
	missing := operator(t).get(t, at(ns, "missing")).want(t, http.StatusNotFound).status(t)
	if missing.Message != `workspaces.eoepca.org "missing" not found` {
		t.Errorf("a get of nothing answers %s", missing.Message)
	}
	nowhere := operator(t).post(t, at("no-such-namespace"), written(t, ns, "two", "")).want(t, http.StatusNotFound)
	if !strings.Contains(nowhere.status(t).Message, `namespaces "no-such-namespace" not found`) {
		t.Errorf("a create in no namespace answers %s", nowhere.body)
	}
}

func TestGenerateName(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	spec := object{"owner": "alice"}
	ws := operator(t).post(t, at(ns), object{"metadata": object{"generateName": "gen-"}, "spec": spec}).want(t, 201).workspace(t)
	if !strings.HasPrefix(ws.Name, "gen-") || len(ws.Name) <= len("gen-") || ws.GenerateName != "gen-" {
		t.Errorf("the name is %q, generated from %q", ws.Name, ws.GenerateName)
	}
	// What is defaulted from the name is defaulted from the one that was generated.
	if ws.Spec.Storage.Principal != ws.Name || ws.Spec.Storage.Buckets[0].Name != ws.Name || ws.Spec.Runtime.SecretName != ws.Name {
		t.Errorf("%s has the spec %+v", ws.Name, ws.Spec)
	}
	operator(t).post(t, at(ns), object{"spec": spec}).want(t, http.StatusUnprocessableEntity)
}

// A PUT says which version it replaces, and is refused when that is not the present one.
func TestUpdate(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	stale := ws.DeepCopy()
	ws.Spec.Members = []v1alpha1.Member{{Name: "bob", Role: v1alpha1.MemberRoleAdmin}}
	ws.Labels = map[string]string{"team": "blue"}
	updated := operator(t).put(t, at(ns, ws.Name), ws).want(t, 200).workspace(t)
	if updated.Generation <= stale.Generation || updated.Labels["team"] != "blue" || len(updated.Spec.Members) != 1 || updated.ResourceVersion == stale.ResourceVersion {
		t.Errorf("the answer is %+v %+v", updated.ObjectMeta, updated.Spec.Members)
	}
	if again := operator(t).put(t, at(ns, ws.Name), updated).want(t, 200).workspace(t); again.ResourceVersion != updated.ResourceVersion {
		t.Errorf("an update that changes nothing made version %s of %s", again.ResourceVersion, updated.ResourceVersion)
	}

	conflict := operator(t).put(t, at(ns, ws.Name), stale).want(t, http.StatusConflict).status(t)
	if conflict.Reason != metav1.StatusReasonConflict || !strings.Contains(conflict.Message, "the object has been modified") {
		t.Errorf("a stale update answers %s", conflict.Message)
	}
	stale.ResourceVersion = ""
	blind := operator(t).put(t, at(ns, ws.Name), stale).want(t, http.StatusUnprocessableEntity)
	if !said(blind.status(t), refusal{"metadata.resourceVersion", []string{"must be specified for an update"}}) {
		t.Errorf("an update without a version answers %s", blind.body)
	}
	stale.ResourceVersion, stale.UID = updated.ResourceVersion, "3b0e6c9c-0000-0000-0000-000000000000"
	operator(t).put(t, at(ns, ws.Name), stale).want(t, http.StatusConflict)
	missing := written(t, ns, "missing", "")
	operator(t).put(t, at(ns, nameOf(missing)), missing).want(t, http.StatusNotFound)
	wrong := operator(t).put(t, at(ns, "another"), updated).want(t, http.StatusBadRequest).status(t)
	if !strings.Contains(wrong.Message, "does not match") {
		t.Errorf("an update under another's name answers %s", wrong.Message)
	}
}

// The same change in each form of patch that there is.
func TestPatch(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for _, test := range []struct {
		mediaType, body string
		members         []string
	}{
		{jsonPatch, `[{"op": "add", "path": "/spec/members/-", "value": {"name": "carol"}}]`, []string{"bob", "carol"}},
		{mergePatch, `{"spec": {"members": [{"name": "carol"}]}}`, []string{"carol"}},
		{strategicPatch, `{"spec": {"members": [{"name": "carol"}]}}`, []string{"carol", "bob"}}, // what is new comes first
		{strategicPatch, `{"spec": {"members": [{"name": "bob", "$patch": "delete"}]}}`, nil},
		{mergePatch, `{"spec": {"members": null}}`, nil},
		{jsonPatch, `[{"op": "test", "path": "/spec/members/0/name", "value": "bob"}, {"op": "remove", "path": "/spec/members/0"}]`, nil},
	} {
		t.Run(test.mediaType+" "+test.body, func(t *testing.T) {
			t.Parallel()
			ws := made(t, ns, randomName(), `members: [{name: bob}]`)
			patched := operator(t).patch(t, at(ns, ws.Name), test.mediaType, test.body).want(t, 200).workspace(t)
			if diff := cmp.Diff(test.members, memberNames(patched)); diff != "" {
				t.Errorf("members (-want +got):\n%s", diff)
			}
			got := operator(t).get(t, at(ns, ws.Name)).want(t, 200).workspace(t)
			if diff := cmp.Diff(patched, got); diff != "" {
				t.Errorf("a get answers something else (-patch +get):\n%s", diff)
			}
		})
	}
}

func TestPatchThatCannotBe(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	for _, test := range []struct {
		promise, mediaType, body string
		code                     int
		says                     string
	}{
		{"a failed test", jsonPatch, `[{"op": "test", "path": "/spec/owner", "value": "mallory"}]`, 422, ""},
		{"a path that leads nowhere", jsonPatch, `[{"op": "remove", "path": "/spec/nothing/0"}]`, 422, ""},
		{"an unknown operation", jsonPatch, `[{"op": "burn", "path": "/spec"}]`, 422, ""},
		{"no list of operations", jsonPatch, `{"op": "add"}`, 400, ""},
		{"text that is no JSON", mergePatch, `{"spec": `, 400, ""},
		{"a list in place of an object", mergePatch, `[]`, 400, ""},
		{"another type of value", mergePatch, `{"spec": {"members": "bob"}}`, 422, "spec.members"},
		{"an item without its key", strategicPatch, `{"spec": {"members": [{"role": "Admin"}]}}`, 422, "name"},
		{"an unknown media type", "application/strange-patch", `{}`, 415, ""},
		{"another name", mergePatch, `{"metadata": {"name": "other"}}`, 400, "name"},
		{"another namespace", mergePatch, `{"metadata": {"namespace": "other"}}`, 400, "namespace"},
		{"another uid", mergePatch, `{"metadata": {"uid": "other"}}`, 422, "metadata.uid"},
		{"an old version", mergePatch, `{"metadata": {"resourceVersion": "1"}}`, 409, "modified"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			t.Parallel()
			a := operator(t).patch(t, at(ns, ws.Name), test.mediaType, test.body)
			if a.code != test.code || !strings.Contains(a.status(t).Message, test.says) {
				t.Errorf("the answer is %d %s, want %d with %q", a.code, a.body, test.code, test.says)
			}
		})
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	one, two := made(t, ns, "one", ""), made(t, ns, "two", "")
	operator(t).delete(t, at(ns, one.Name), object{"preconditions": object{"uid": "other"}}).want(t, http.StatusConflict)
	operator(t).delete(t, at(ns, one.Name), object{"preconditions": object{"resourceVersion": "1"}}).want(t, http.StatusConflict)
	a := operator(t).delete(t, at(ns, one.Name), object{"preconditions": object{"uid": one.UID, "resourceVersion": one.ResourceVersion}})
	if a.code != 200 && a.code != 202 {
		t.Fatalf("the answer is %d: %s", a.code, a.body)
	}
	env.Eventually(t, "the workspace and its parts go", func() error {
		if operator(t).get(t, at(ns, one.Name)).code != http.StatusNotFound || versions(t, ns, one.Name) != [2]string{} {
			return errStill
		}
		return nil
	})
	operator(t).delete(t, at(ns, one.Name), nil).want(t, http.StatusNotFound)
	operator(t).get(t, at(ns, two.Name)).want(t, 200)
}

func TestDeleteCollection(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	for _, name := range []string{"one", "two"} {
		operator(t).post(t, at(ns), merged(t, written(t, ns, name, ""), `metadata: {labels: {go: "yes"}}`)).want(t, 201)
	}
	stays := made(t, ns, "stays", "")
	operator(t).delete(t, at(ns)+"?labelSelector=go%3Dyes", nil).want(t, 200)
	env.Eventually(t, "the selected go, and no others", func() error {
		if names := namesOf(operator(t).get(t, at(ns)).want(t, 200).list(t)); !cmp.Equal(names, []string{stays.Name}) {
			return errStill
		}
		return nil
	})
}
