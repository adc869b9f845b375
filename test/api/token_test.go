package api

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/test/integration/env"
)

// tokenServer is an OAuth server that issues each workspace the token of its client, whose id is the workspace's name.
func tokenServer(t testing.TB, signature string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		id, secret, _ := req.BasicAuth()
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasPrefix(secret, "secret") {
			w.WriteHeader(http.StatusUnauthorized)
			fmt.Fprintf(w, `{"error": "invalid_client", "error_description": "%s is wrong"}`, secret)
			return
		}
		claims := fmt.Sprintf(`{"aud": ["workspace-api"], "resource_access": {%q: {"roles": ["ws_api"]}}}`, id)
		fmt.Fprintf(w, `{"access_token": "e30.%s.%s", "token_type": "Bearer", "expires_in": 300}`, base64.RawURLEncoding.EncodeToString([]byte(claims)), signature)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// A token is issued by the configured endpoint, to who may create one; nothing of it is kept.
func TestTokens(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	c := configured(t, env.Operator, func(s *apiserver.Settings) { s.TokenEndpoint = tokenServer(t, "c2ln") })
	ws, other := made(t, ns, "one", ""), made(t, ns, "other", "")
	path := at(ns, ws.Name, "token")
	early := c.post(t, path, object{}).want(t, http.StatusNotFound).status(t)
	if !contains(early.Message, "has no OAuth client") {
		t.Errorf("before there is a client: %s", early.Message)
	}
	secret(t, ns, ws.Name+"-oauth-client", map[string]string{"client_id": ws.Name, "client_secret": "secret /+:%"})
	secret(t, ns, other.Name+"-oauth-client", map[string]string{"client.json": `{"clientID": "` + ws.Name + `", "clientSecret": "secret"}`})
	a := c.post(t, path, object{}).want(t, http.StatusCreated)
	token := v1alpha1.WorkspaceToken{}
	a.into(t, &token)
	if token.Kind != "WorkspaceToken" || token.Name != ws.Name || !strings.HasPrefix(token.Status.AccessToken, "e30.") ||
		token.Status.TokenType != "Bearer" || token.Status.ExpiresIn != 300 || token.Status.ExpirationTimestamp == nil {
		t.Errorf("got %+v", token)
	}
	if !contains(strings.Join(a.header.Values("Cache-Control"), " "), "no-store") {
		t.Errorf("the answer may be stored: %v", a.header)
	}
	before := versions(t, ns, ws.Name)
	if refused := c.post(t, path+dryRun, object{}).want(t, http.StatusUnprocessableEntity).status(t); !contains(refused.Message, "dryRun") {
		t.Errorf("a dry run: %s", refused.Message)
	}
	if after := versions(t, ns, ws.Name); after != before {
		t.Errorf("something was written: versions %v, before %v", after, before)
	}
	stolen := c.post(t, at(ns, other.Name, "token"), object{}).want(t, http.StatusBadGateway).status(t)
	if !contains(stolen.Message, "without the role ws_api of this workspace") {
		t.Errorf("with the client of another workspace: %s", stolen.Message)
	}
	c.post(t, path, object{"metadata": object{"name": "else"}}).want(t, http.StatusBadRequest)
	c.post(t, at(ns, "missing", "token"), object{}).want(t, http.StatusNotFound)
	c.get(t, path).want(t, http.StatusMethodNotAllowed)
}

// The first server has no token endpoint.
func TestNoTokensWithoutAnEndpoint(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	status := operator(t).post(t, at(ns, ws.Name, "token"), object{}).want(t, http.StatusServiceUnavailable).status(t)
	if !contains(status.Message, "issues no tokens") {
		t.Errorf("the answer is %s", status.Message)
	}
	config, err := e.Aggregated(env.Operator)
	if err != nil {
		t.Fatal(err)
	}
	clients, err := versioned.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	_, err = clients.EoepcaV1alpha1().Workspaces(ns).CreateToken(t.Context(), ws.Name, &v1alpha1.WorkspaceToken{}, metav1.CreateOptions{})
	if err == nil || !contains(err.Error(), "issues no tokens") {
		t.Errorf("CreateToken: %v", err)
	}
}
