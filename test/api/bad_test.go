package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Whatever is sent, it is the client's fault, is told so, and leaves the server as it was.
func TestBadInput(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	before := versions(t, ns, ws.Name)
	head := `{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": "bad-` + ns + `"}, "spec": `
	c, one := operator(t), at(ns, ws.Name)
	for _, test := range []struct {
		promise string
		answer  *answer
		codes   []int // any of them
	}{
		{"nothing", c.post(t, at(ns), ""), []int{400}},
		{"no JSON", c.post(t, at(ns), "{"), []int{400}},
		{"a list", c.post(t, at(ns), "[]"), []int{400}},
		{"a number", c.post(t, at(ns), "1"), []int{400}},
		{"null", c.post(t, at(ns), "null"), []int{400, 422}},
		{"another kind", c.post(t, at(ns), `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}`), []int{400}},
		{"another version", c.post(t, at(ns), `{"apiVersion": "eoepca.org/v9", "kind": "Workspace", "metadata": {"name": "x"}}`), []int{400}},
		{"another namespace", c.post(t, at(ns), `{"metadata": {"name": "x", "namespace": "other"}, "spec": {}}`), []int{400}},
		{"the wrong type of a field", c.post(t, at(ns), head+`{"members": "bob"}}`), []int{400}},
		{"the wrong type of an item", c.post(t, at(ns), head+`{"members": ["bob"]}}`), []int{400}},
		{"a time that is none", c.post(t, at(ns), head+`{"members": [{"name": "bob", "grantedAt": "yesterday"}]}}`), []int{400}},
		{"a number that is too big", c.post(t, at(ns), head+`{"storage": {"credentialsRollover": {"interval": "Daily", "maxToKeep": 99999999999}}}}`), []int{400}},
		{"null items", c.post(t, at(ns), head+`{"members": [null]}}`), []int{400, 422}},
		{"bytes that are no UTF-8", c.post(t, at(ns), head+"{\"owner\": \"\xff\xfe\"}}"), []int{201, 400, 422}},
		{"a name with a zero byte", c.post(t, at(ns), `{"metadata": {"name": "a\u0000b"}, "spec": {}}`), []int{422}},
		{"deep nesting", c.post(t, at(ns), head+strings.Repeat("[", 100000)+strings.Repeat("]", 100000)+"}"), []int{400}},
		{"deep YAML", c.post(t, at(ns), "spec: "+strings.Repeat("{a: ", 11000)+strings.Repeat("}", 11000), "Content-Type", "application/yaml"), []int{400}},
		{"YAML aliases that multiply", c.post(t, at(ns), laughs(), "Content-Type", "application/yaml"), []int{400, 413}},
		{"more than a request may hold", c.post(t, at(ns), head+`{"owner": "`+strings.Repeat("a", 4<<20)+`"}}`), []int{413}},
		{"more annotations than an object may hold", c.post(t, at(ns), `{"metadata": {"name": "x", "annotations": {"a": "`+strings.Repeat("a", 300<<10)+`"}}, "spec": {"owner": "a"}}`), []int{422}},
		{"text", c.post(t, at(ns), "hello", "Content-Type", "text/plain"), []int{415}},
		{"protobuf", c.post(t, at(ns), "k8s\x00", "Content-Type", "application/vnd.kubernetes.protobuf"), []int{415}},
		{"an answer in a format that there is not", c.get(t, one, "Accept", "application/vnd.kubernetes.protobuf"), []int{406}},
		{"3,000 buckets", c.post(t, at(ns), strings.Replace(head, "bad-", "many-", 1)+`{"owner": "a", "storage": {"buckets": [`+items(`{"name": "many-`+ns+`-%d"}`, 3000)+`]}}}`), []int{201, 413, 422}},
		{"3,000 members", c.patch(t, one, mergePatch, `{"spec": {"members": [`+items(`{"name": "member-%d"}`, 3000)+`]}}`), []int{200, 413, 422}},
		{"10,000 strange members", c.patch(t, one, mergePatch, `{"spec": {"members": [`+items(`{"name": " %d", "role": "x"}`, 10000)+`]}}`), []int{422}},
		{"10,000 equal items", c.patch(t, one, mergePatch, `{"spec": {"sessions": [`+items(`{"name": "a", "state": "Stopped"}`, 10000)+`]}}`), []int{422}},
		{"10,001 operations", c.patch(t, one, jsonPatch, `[`+items(`{"op": "test", "path": "/spec/owner", "value": "alice"}`, 10001)+`]`), []int{413}},
		{"copies that multiply", c.patch(t, one, jsonPatch, `[{"op": "add", "path": "/metadata/annotations", "value": {"a": "`+strings.Repeat("a", 1<<20)+`"}}`+
			strings.Repeat(`, {"op": "copy", "from": "/metadata/annotations/a", "path": "/metadata/annotations/b"}`, 20)+`]`), []int{413, 422}},
		{"a patch of the wrong shape", c.patch(t, one, jsonPatch, `"x"`), []int{400}},
		{"a patch with a wrong directive", c.patch(t, one, strategicPatch, `{"spec": {"sessions": [{"name": "main", "$patch": "burn"}]}}`), []int{400, 422}},
		{"a patch with a directive of another type", c.patch(t, one, strategicPatch, `{"$patch": 7}`), []int{400, 422}},
		{"a patch that orders nothing", c.patch(t, one, strategicPatch, `{"spec": {"$setElementOrder/members": "x"}}`), []int{400, 422}},
		{"an apply without a kind", c.patch(t, one+"?fieldManager=m", applyPatch, `{"spec": {}}`), []int{400}},
		{"an apply of text", c.patch(t, one+"?fieldManager=m", applyPatch, "hello"), []int{400}},
		{"an apply with an item without its key", c.patch(t, one+"?fieldManager=m", applyPatch,
			`{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": "`+ws.Name+`"}, "spec": {"members": [{"role": "User"}]}}`), []int{400, 422}},
		{"an apply with an item twice", c.patch(t, one+"?fieldManager=m", applyPatch,
			`{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": "`+ws.Name+`"}, "spec": {"members": [{"name": "a"}, {"name": "a"}]}}`), []int{400, 422}},
		{"an apply with managed fields", c.patch(t, one+"?fieldManager=m", applyPatch,
			`{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": {"name": "`+ws.Name+`", "managedFields": [{"manager": "x"}]}}`), []int{400}},
		{"a strange subresource", c.get(t, one+"/nothing"), []int{404}},
		{"a method that there is not", c.do(t, http.MethodPut, at(ns), "{}"), []int{405}},
		{"a strange name", c.get(t, at(ns, "%00")), []int{400, 404}},
		{"options that are none", c.delete(t, one, `{"propagationPolicy": "Sideways"}`), []int{400, 422}},
		{"text for options", c.delete(t, one, `hello`), []int{400}},
		{"a limit below zero", c.get(t, query(at(ns), "limit", "-1")), []int{200, 400, 422}},
		{"a timeout that is none", c.get(t, query(at(ns), "timeoutSeconds", "soon")), []int{400}},
	} {
		t.Run(test.promise, func(t *testing.T) {
			for _, code := range test.codes {
				if test.answer.code == code {
					return
				}
			}
			t.Errorf("the answer is %d, want %v: %.2000s", test.answer.code, test.codes, test.answer.body)
		})
	}
	if after := versions(t, ns, ws.Name); after != before {
		t.Errorf("something was written: versions %v, before %v", after, before)
	}
}

// items is a JSON list of one item, numbered where it says so.
func items(item string, count int) string {
	all := make([]string, count)
	for i := range all {
		all[i] = item
		if strings.Contains(item, "%d") {
			all[i] = fmt.Sprintf(item, i)
		}
	}
	return strings.Join(all, ",")
}

// laughs is a short YAML text that stands for a billion words.
func laughs() string {
	text := "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
	for i := range 9 {
		text += fmt.Sprintf("a%d: &a%[1]d [%s]\n", i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 10), ", "))
	}
	return text
}
