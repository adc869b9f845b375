package api

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// object is the content of an object, short to write.
type object = map[string]any

// written is a workspace as a user writes it: a name, an owner, one bucket of its own, and what the spec adds in YAML, where
// $WS stands for the name. The namespace is part of the name, since names of buckets are unique in a cluster.
func written(t testing.TB, ns, name, spec string) object {
	t.Helper()
	name += "-" + ns
	base := object{
		"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace",
		"metadata": object{"name": name},
		"spec":     object{"owner": "alice", "sessions": []any{object{"name": "main", "state": "Stopped"}}, "storage": object{"buckets": []any{object{"name": name}}}},
	}
	return merged(t, base, "spec: {"+strings.ReplaceAll(spec, "$WS", name)+"}")
}

// merged is an object with a YAML text merged into it, as by a merge patch.
func merged(t testing.TB, base object, text string) object {
	t.Helper()
	changes, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	both, err := jsonpatch.MergePatch(encode(t, base), changes)
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	out := object{}
	if err := yaml.Unmarshal(both, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// nameOf is the name of an object.
func nameOf(o object) string { return o["metadata"].(object)["name"].(string) }

// made is a workspace that the operator has created, and that stays as it is.
func made(t testing.TB, ns, name, spec string) *v1alpha1.Workspace {
	t.Helper()
	return operator(t).post(t, at(ns), written(t, ns, name, spec)).want(t, http.StatusCreated).workspace(t)
}

// versions are the resourceVersions of the parts of a workspace; empty where there is none.
func versions(t testing.TB, ns, name string) (all [2]string) {
	t.Helper()
	if storage, err := e.Storages(ns).Get(t.Context(), name, metav1.GetOptions{}); err == nil {
		all[0] = storage.GetResourceVersion()
	}
	if datalab, err := e.Datalabs(ns).Get(t.Context(), name, metav1.GetOptions{}); err == nil {
		all[1] = datalab.GetResourceVersion()
	}
	return all
}

var errStill = errors.New("it is still there")

// randomName is for tests that make many.
func randomName() string { return rand.String(6) }

func contains(text, part string) bool { return strings.Contains(text, part) }

func memberNames(ws *v1alpha1.Workspace) (names []string) {
	for _, member := range ws.Spec.Members {
		names = append(names, member.Name)
	}
	return names
}

func namesOf(list *v1alpha1.WorkspaceList) (names []string) {
	for _, ws := range list.Items {
		names = append(names, ws.Name)
	}
	return names
}
