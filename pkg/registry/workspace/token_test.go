package workspace

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/oauth"
)

// jwt is a token with these claims.
func jwt(claims string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJl"
}

var goodToken = jwt(`{"aud": "workspace-api", "resource_access": {"ws-alice": {"roles": ["ws_api"]}}}`)

// issuing is an issuer whose endpoint answers with a token, and how often it was asked by which client.
func issuing(t *testing.T, token string) (*oauth.Issuer, *atomic.Int32, *atomic.Value) {
	t.Helper()
	var asked atomic.Int32
	var by atomic.Value
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		asked.Add(1)
		id, secret, _ := req.BasicAuth()
		by.Store(id + " " + secret)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer", "expires_in": 300, "scope": "email", "refresh_token": "never passed on"}`, token)
	}))
	t.Cleanup(server.Close)
	issuer := oauth.NewIssuer(server.URL, "workspace-api", time.Minute)
	t.Cleanup(issuer.CloseIdleConnections)
	return issuer, &asked, &by
}

func createToken(f *fixture, options *metav1.CreateOptions) (*eoepca.WorkspaceToken, error) {
	request := &eoepca.WorkspaceToken{Status: eoepca.WorkspaceTokenStatus{AccessToken: "sent by the client"}}
	obj, err := f.storage["workspaces/token"].(rest.NamedCreater).Create(as("alice"), "ws-alice", request, rest.ValidateAllObjectFunc, options)
	if err != nil {
		return nil, err
	}
	return obj.(*eoepca.WorkspaceToken), nil
}

func TestATokenOfEachShapeOfClient(t *testing.T) {
	for shape, data := range map[string]map[string]string{
		"camel case":             {"clientID": "id", "clientSecret": "s"},
		"snake case":             {"client_id": "id", "client_secret": "s"},
		"as in an environment":   {"CLIENT_ID": "id\n", "CLIENT_SECRET": "s\n"},
		"one JSON value":         {"other": "{", "client.json": `{"clientID": "id", "client_secret": "s", "more": {"a": 1}}`},
		"JSON beside half a one": {"clientID": "other", "client": `{"client_id": "id", "client_secret": "s"}`},
	} {
		t.Run(shape, func(t *testing.T) {
			issuer, _, by := issuing(t, goodToken)
			f := newFixtureWith(t, issuer, secret("ws-alice-oauth-client", data))
			f.create(named("ws-alice"))
			got, err := createToken(f, &metav1.CreateOptions{})
			if err != nil {
				t.Fatal(err)
			}
			expires := metav1.NewTime(someTime.Add(5 * time.Minute))
			want := eoepca.WorkspaceTokenStatus{AccessToken: goodToken, TokenType: "Bearer", ExpiresIn: 300, ExpirationTimestamp: &expires, Scope: "email"}
			if diff := cmp.Diff(want, got.Status); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if by.Load() != "id s" {
				t.Errorf("asked as %q", by.Load())
			}
		})
	}
}

func TestTokensThatAreNotIssued(t *testing.T) {
	client := secret("ws-alice-oauth-client", map[string]string{"clientID": "id", "clientSecret": "s"})
	for name, test := range map[string]struct {
		token   string
		secrets []runtime.Object
		code    int32
		says    string
	}{
		"no client yet":        {goodToken, nil, 404, `has not written Secret "ws-alice-oauth-client"`},
		"half a client":        {goodToken, []runtime.Object{secret("ws-alice-oauth-client", map[string]string{"client_id": "id"})}, 404, "holds half an OAuth client"},
		"a client of no text":  {goodToken, []runtime.Object{secret("ws-alice-oauth-client", map[string]string{"client_id": "\xff", "client_secret": "\x00"})}, 404, "holds no OAuth client"},
		"for somebody else":    {jwt(`{"aud": ["account"], "resource_access": {"ws-alice": {"roles": ["ws_api"]}}}`), []runtime.Object{client}, 502, `for others than "workspace-api"`},
		"of another workspace": {jwt(`{"aud": ["workspace-api"], "resource_access": {"ws-bob": {"roles": ["ws_api"]}}}`), []runtime.Object{client}, 502, "without the role ws_api"},
		"of another role":      {jwt(`{"aud": ["workspace-api"], "resource_access": {"ws-alice": {"roles": ["ws_admin"]}}}`), []runtime.Object{client}, 502, "without the role ws_api"},
		"no JWT":               {"opaque", []runtime.Object{client}, 502, "no JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			issuer, _, _ := issuing(t, test.token)
			f := newFixtureWith(t, issuer, test.secrets...)
			f.create(named("ws-alice"))
			got, err := createToken(f, &metav1.CreateOptions{})
			expectStatus(t, got, err, test.code, test.says)
		})
	}
}

// expectStatus expects an error with a code that says something.
func expectStatus(t *testing.T, got any, err error, code int32, says string) {
	t.Helper()
	var status apierrors.APIStatus
	if !errors.As(err, &status) || status.Status().Code != code || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v and %v, want %d that says %q", got, err, code, says)
	}
}

func TestTokensAreNotIssuedForTrial(t *testing.T) {
	issuer, asked, _ := issuing(t, goodToken)
	f := newFixtureWith(t, issuer, secret("ws-alice-oauth-client", map[string]string{"clientID": "id", "clientSecret": "s"}))
	f.create(named("ws-alice"))
	got, err := createToken(f, &metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	expectStatus(t, got, err, 422, "dryRun")
	if asked.Load() != 0 {
		t.Error("the token endpoint was asked")
	}
	f = newFixture(t)
	f.create(named("ws-alice"))
	got, err = createToken(f, &metav1.CreateOptions{})
	expectStatus(t, got, err, 503, "issues no tokens")
}

// A slow endpoint takes up no more than a few requests, each for a bounded time.
func TestASlowTokenEndpoint(t *testing.T) {
	arrived := make(chan struct{}, maxTokenRequests)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		arrived <- struct{}{}
		<-req.Context().Done()
	}))
	defer server.Close()
	f := newFixtureWith(t, oauth.NewIssuer(server.URL, "workspace-api", 3*time.Second),
		secret("ws-alice-oauth-client", map[string]string{"clientID": "id", "clientSecret": "s"}))
	f.create(named("ws-alice"))
	answers := make(chan error, maxTokenRequests)
	for range maxTokenRequests {
		go func() {
			_, err := createToken(f, &metav1.CreateOptions{})
			answers <- err
		}()
	}
	for range maxTokenRequests {
		<-arrived
	}
	got, err := createToken(f, &metav1.CreateOptions{})
	expectStatus(t, got, err, 429, "too many tokens")
	for range maxTokenRequests {
		expectStatus(t, nil, <-answers, 504, "did not answer in time")
	}
}
