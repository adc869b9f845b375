package api

import (
	"net/http"
	"strings"
	"testing"
)

// What the API does not know, or is said twice, is refused, warned of or ignored, as the client asks; a warning is the default.
func TestFieldValidation(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	unknown := `{"metadata": {"name": "$WS"}, "spec": {"owner": "alice", "storage": {"bukkets": []}}}`
	twice := `{"metadata": {"name": "$WS"}, "spec": {"owner": "alice", "owner": "alice"}}`
	for _, test := range []struct {
		mode, body string
		code       int
		says       string // in the error, or the warning
	}{
		{"Strict", unknown, http.StatusBadRequest, `unknown field "spec.storage.bukkets"`},
		{"Strict", twice, http.StatusBadRequest, `duplicate field "spec.owner"`},
		{"Warn", unknown, http.StatusCreated, `unknown field "spec.storage.bukkets"`},
		{"Warn", twice, http.StatusCreated, `duplicate field "spec.owner"`},
		{"", unknown, http.StatusCreated, `unknown field "spec.storage.bukkets"`},
		{"Ignore", unknown, http.StatusCreated, ""},
		{"Ignore", twice, http.StatusCreated, ""},
		{"Guess", unknown, http.StatusUnprocessableEntity, "fieldValidation"},
	} {
		t.Run(test.mode+test.says, func(t *testing.T) {
			t.Parallel()
			path := at(ns)
			if test.mode != "" {
				path += "?fieldValidation=" + test.mode
			}
			a := operator(t).post(t, path, strings.ReplaceAll(test.body, "$WS", "f-"+randomName())).want(t, test.code)
			warning := a.header.Get("Warning")
			switch {
			case test.code != http.StatusCreated && !strings.Contains(a.status(t).Message, test.says):
				t.Errorf("the answer is %s, want %s", a.body, test.says)
			case test.code == http.StatusCreated && test.says == "" && warning != "":
				t.Errorf("it warns %s", warning)
			case test.code == http.StatusCreated && !strings.Contains(strings.ReplaceAll(warning, `\"`, `"`), test.says):
				t.Errorf("it warns %q, want %s", warning, test.says)
			}
		})
	}
}

// Patches are read as carefully as whole objects.
func TestFieldValidationOfPatches(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	before := versions(t, ns, ws.Name)
	for mediaType, body := range map[string]string{
		mergePatch:     `{"spec": {"ownr": "bob"}}`,
		strategicPatch: `{"spec": {"ownr": "bob"}}`,
		jsonPatch:      `[{"op": "add", "path": "/spec/ownr", "value": "bob"}]`,
		applyPatch:     `{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": "` + ws.Name + `"}, "spec": {"ownr": "bob"}}`,
	} {
		a := operator(t).patch(t, at(ns, ws.Name)+"?fieldValidation=Strict&fieldManager=m", mediaType, body)
		if a.code < 400 || a.code >= 500 || !strings.Contains(a.status(t).Message, "ownr") {
			t.Errorf("%s: the answer is %d %s", mediaType, a.code, a.body)
		}
	}
	if after := versions(t, ns, ws.Name); after != before {
		t.Errorf("something was written: versions %v, before %v", after, before)
	}
}
