package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// The media types of patches.
const (
	jsonPatch      = "application/json-patch+json"
	mergePatch     = "application/merge-patch+json"
	strategicPatch = "application/strategic-merge-patch+json"
	applyPatch     = "application/apply-patch+yaml"
)

// caller speaks to kube-apiserver as one user, in plain HTTP: what is tested is what any client sees.
type caller struct {
	http *http.Client
	host string
}

var callers sync.Map // of functions that make the caller once, by user

// as answers the caller of a user.
func as(t testing.TB, user string, groups ...string) *caller {
	t.Helper()
	made, _ := callers.LoadOrStore(strings.Join(append(groups, user), " "), sync.OnceValues(func() (*caller, error) {
		config, err := e.Aggregated(user, groups...)
		if err != nil {
			return nil, err
		}
		return newCaller(config)
	}))
	c, err := made.(func() (*caller, error))()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newCaller(config *rest.Config) (*caller, error) {
	client, err := rest.HTTPClientFor(config)
	return &caller{http: client, host: config.Host}, err
}

// operator is who may do everything with workspaces, and nothing else.
func operator(t testing.TB) *caller { return as(t, env.Operator) }

// at is the path of the workspaces of a namespace, of one of them, or of one's subresource.
func at(namespace string, steps ...string) string {
	return strings.Join(append([]string{"/apis/eoepca.org/v1alpha1/namespaces", namespace, "workspaces"}, steps...), "/")
}

// answer is what came back.
type answer struct {
	code   int
	header http.Header
	body   []byte
}

// do sends a request. A body that is neither text nor bytes is sent as JSON; headers come in pairs.
func (c *caller) do(t testing.TB, method, path string, body any, headers ...string) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.host+path, bytes.NewReader(encode(t, body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := c.http.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	a := &answer{code: resp.StatusCode, header: resp.Header}
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return a
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return nil
	case []byte:
		return body
	case string:
		return []byte(body)
	}
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (c *caller) get(t testing.TB, path string, headers ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodGet, path, nil, headers...)
}

func (c *caller) post(t testing.TB, path string, body any, headers ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodPost, path, body, headers...)
}

func (c *caller) put(t testing.TB, path string, body any, headers ...string) *answer {
	t.Helper()
	return c.do(t, http.MethodPut, path, body, headers...)
}

func (c *caller) patch(t testing.TB, path, mediaType string, body any) *answer {
	t.Helper()
	return c.do(t, http.MethodPatch, path, body, "Content-Type", mediaType)
}

func (c *caller) delete(t testing.TB, path string, body any) *answer {
	t.Helper()
	return c.do(t, http.MethodDelete, path, body)
}

// want ends the test unless the answer has the code.
func (a *answer) want(t testing.TB, code int) *answer {
	t.Helper()
	if a.code != code {
		t.Fatalf("the answer is %d, want %d: %.2000s", a.code, code, a.body)
	}
	return a
}

func (a *answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("read an answer of %d: %v: %.500s", a.code, err, a.body)
	}
}

func (a *answer) workspace(t testing.TB) *v1alpha1.Workspace {
	t.Helper()
	ws := &v1alpha1.Workspace{}
	a.into(t, ws)
	return ws
}

func (a *answer) list(t testing.TB) *v1alpha1.WorkspaceList {
	t.Helper()
	list := &v1alpha1.WorkspaceList{}
	a.into(t, list)
	return list
}

func (a *answer) status(t testing.TB) *metav1.Status {
	t.Helper()
	status := &metav1.Status{}
	a.into(t, status)
	return status
}
