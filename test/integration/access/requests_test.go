package access

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// request is a row of the matrix. None leaves anything behind.
type request struct {
	verb, resource string
	method         string
	contentType    string
	body           func(ws *v1alpha1.Workspace) any
}

const workspacesResource, storeTypesResource = "workspaces", "storetypes"

func requests() []request {
	empty := func(*v1alpha1.Workspace) any { return map[string]any{} }
	whole := func(ws *v1alpha1.Workspace) any { return ws }
	applied := func(ws *v1alpha1.Workspace) any {
		return map[string]any{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": map[string]any{"name": ws.Name}}
	}
	fresh := func(ws *v1alpha1.Workspace) any {
		another := env.Workspace(ws.Namespace, "new-"+ws.Name)
		another.Spec.Owner = "somebody"
		return another
	}
	rows := []request{
		{"list", workspacesResource, http.MethodGet, "", nil},
		{"watch", workspacesResource, http.MethodGet, "", nil},
		{"get", workspacesResource, http.MethodGet, "", nil},
		{"create", workspacesResource, http.MethodPost, "application/json", fresh},
		{"update", workspacesResource, http.MethodPut, "application/json", whole},
		{"patch", workspacesResource, http.MethodPatch, "application/merge-patch+json", empty},
		{"apply", workspacesResource, http.MethodPatch, "application/apply-patch+yaml", applied},
		{"delete", workspacesResource, http.MethodDelete, "", nil},
		{"deletecollection", workspacesResource, http.MethodDelete, "", nil},
		{"get", "status", http.MethodGet, "", nil},
	}
	for _, section := range []string{"members", "buckets", "access", "stores", "sessions"} {
		rows = append(rows,
			request{"get", section, http.MethodGet, "", nil},
			request{"update", section, http.MethodPut, "application/json", whole},
			request{"patch", section, http.MethodPatch, "application/merge-patch+json", empty},
			request{"apply", section, http.MethodPatch, "application/apply-patch+yaml", applied})
	}
	rows = append(rows,
		request{"create", "launch", http.MethodPost, "application/json", func(*v1alpha1.Workspace) any {
			return map[string]any{"spec": map[string]any{"session": "main"}}
		}},
		request{"get", "credentials", http.MethodGet, "", nil},
		request{"create", "token", http.MethodPost, "application/json", empty},
		request{"get", "usage", http.MethodGet, "", nil},
		request{"get", "kubeconfig", http.MethodGet, "", nil},
		request{"get", "sharing", http.MethodGet, "", nil})
	return append(rows,
		request{"get", "proxy", http.MethodGet, "", nil},
		request{"create", "proxy", http.MethodPost, "", nil},
		request{"update", "proxy", http.MethodPut, "", nil},
		request{"patch", "proxy", http.MethodPatch, "", nil},
		request{"delete", "proxy", http.MethodDelete, "", nil},
		request{"list", storeTypesResource, http.MethodGet, "", nil},
		request{"get", storeTypesResource, http.MethodGet, "", nil})
}

// collection says whether the request names no workspace.
func (r request) collection() bool {
	return r.resource == storeTypesResource || r.resource == workspacesResource && slices.Contains([]string{"list", "watch", "create", "deletecollection"}, r.verb)
}

// rbacVerb is what the authorizer calls it.
func (r request) rbacVerb() string {
	if r.verb == "apply" {
		return "patch"
	}
	return r.verb
}

func (r request) path(ws *v1alpha1.Workspace) string {
	if r.resource == storeTypesResource {
		path := "/apis/eoepca.org/v1alpha1/storetypes"
		if r.verb == "get" {
			path += "/databases"
		}
		return path
	}
	path := "/apis/eoepca.org/v1alpha1/namespaces/" + ws.Namespace + "/workspaces"
	switch {
	case r.collection():
	case r.resource == workspacesResource:
		path += "/" + ws.Name
	case r.resource == "proxy":
		path += "/" + ws.Name + "/proxy/main/"
	default:
		path += "/" + ws.Name + "/" + r.resource
	}
	return path
}

// dry says whether the request is sent as a dry run. A token cannot be, and the session that is proxied to does not run.
func (r request) dry() bool {
	return r.method != http.MethodGet && r.resource != "proxy" && r.resource != "token"
}

// outcome is a cell of the matrix.
type outcome string

const (
	yes       outcome = "✓"
	forbidden outcome = "–"
	hidden    outcome = "404"
	unseen    outcome = "∅" // allowed, and not among what is answered
)

// send sends the request about a workspace and says what came of it.
func (r request) send(ctx context.Context, client *rest.RESTClient, ws *v1alpha1.Workspace) (outcome, error) {
	request := client.Verb(r.method).AbsPath(r.path(ws))
	if r.dry() {
		request.Param("dryRun", "All")
	}
	if r.verb == "apply" {
		request.Param("fieldManager", "matrix").Param("force", "true")
	}
	if r.verb == "watch" {
		request.Param("watch", "true").Param("resourceVersion", "0").Param("timeoutSeconds", "1")
	}
	if r.contentType != "" {
		body, err := json.Marshal(r.body(ws))
		if err != nil {
			return "", err
		}
		request.SetHeader("Content-Type", r.contentType).Body(body)
	}
	result := request.Do(ctx)
	body, _ := result.Raw()
	return r.judge(ws, body, result.Error())
}

// judge tells a refusal from an answer, whatever the answer is: that there is no kubeconfig, say, or that a session does not run.
func (r request) judge(ws *v1alpha1.Workspace, body []byte, refused error) (outcome, error) {
	missing := fmt.Sprintf("workspaces.eoepca.org %q not found", ws.Name)
	switch {
	case apierrors.IsForbidden(refused):
		return forbidden, nil
	case refused != nil && refused.Error() == missing:
		return hidden, nil
	case apierrors.IsInternalError(refused) || apierrors.IsUnauthorized(refused):
		return "", refused
	case r.verb != "create" && r.collection() && r.resource == workspacesResource && !strings.Contains(string(body), `"name":"`+ws.Name+`"`):
		return unseen, nil
	}
	return yes, nil
}
