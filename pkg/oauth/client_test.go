package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// canary is a client's secret with characters that need care on the wire.
const canary = "CANARY-5c4e3b2a /+:%"

var client = Credentials{ID: "ws-alice", Secret: canary}

func jwt(claims any) string {
	text, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	return "e30." + base64.RawURLEncoding.EncodeToString(text) + ".c2lnbmF0dXJl"
}

type object = map[string]any

var valid = object{"aud": []string{"account", "workspace-api"}, "resource_access": object{"ws-alice": object{"roles": []string{"ws_access", "ws_api"}}}}

// endpoint serves a token endpoint, and an issuer that asks it.
func endpoint(t *testing.T, timeout time.Duration, serve http.HandlerFunc) *Issuer {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	issuer := NewIssuer(server.URL+"/token", "workspace-api", timeout)
	t.Cleanup(issuer.CloseIdleConnections)
	return issuer
}

func answers(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestATokenIsAskedForByTheClientCredentialsGrant(t *testing.T) {
	issuer := endpoint(t, time.Minute, func(w http.ResponseWriter, req *http.Request) {
		id, secret, _ := req.BasicAuth()
		if err := req.ParseForm(); err != nil {
			t.Error(err)
		}
		asked := map[string]string{
			"method": req.Method, "path": req.URL.Path, "id": id, "secret": secret,
			"grant": req.PostForm.Get("grant_type"), "audience": req.PostForm.Get("audience"), "in the body": req.PostForm.Get("client_secret"),
		}
		want := map[string]string{
			"method": "POST", "path": "/token", "id": "ws-alice", "secret": "CANARY-5c4e3b2a+%2F%2B%3A%25", // form-encoded, as RFC 6749 has it
			"grant": "client_credentials", "audience": "workspace-api", "in the body": "",
		}
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		answers(200, "application/json", fmt.Sprintf(`{"access_token": %q, "token_type": "bearer", "expires_in": 300, "scope": "email profile", "refresh_token": "r"}`, jwt(valid)))(w, req)
	})
	token, err := issuer.Token(t.Context(), client)
	if err != nil {
		t.Fatal(err)
	}
	if token.AccessToken != jwt(valid) || token.Lifetime != 300*time.Second || token.Scope != "email profile" {
		t.Errorf("got %+v", token)
	}
	if !token.Claims.For("workspace-api") || token.Claims.For("other") || !token.Claims.Has("ws-alice", "ws_api") ||
		token.Claims.Has("ws-alice", "ws_admin") || token.Claims.Has("ws-bob", "ws_api") {
		t.Errorf("claims %+v", token.Claims)
	}
}

func TestWhatIsReadOfAnAnswer(t *testing.T) {
	token := func(more string) string {
		return fmt.Sprintf(`{"access_token": %q, "token_type": "Bearer"%s}`, jwt(valid), more)
	}
	for name, test := range map[string]struct {
		body     string
		lifetime time.Duration
		scope    string
	}{
		"no lifetime":               {token(``), 0, ""},
		"a lifetime that is a text": {token(`, "expires_in": "60"`), time.Minute, ""},
		"an endless lifetime":       {token(`, "expires_in": 99999999999`), (1<<31 - 1) * time.Second, ""},
		"a scope of odd characters": {token(`, "scope": "a\u0000b"`), 0, ""},
		"a scope that is no text":   {token(`, "scope": {"a": "b"}`), 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := endpoint(t, time.Minute, answers(200, "application/json", test.body)).Token(t.Context(), client)
			if err != nil || got.Lifetime != test.lifetime || got.Scope != test.scope {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// However the endpoint fails, the error is clear, comes in time, and repeats nothing of what the endpoint says: it knows
// the secret.
func TestAnEndpointThatFails(t *testing.T) {
	echo := func(status int, contentType, format string) http.HandlerFunc {
		return func(w http.ResponseWriter, req *http.Request) {
			answers(status, contentType, fmt.Sprintf(format, canary+" "+req.Header.Get("Authorization")))(w, req)
		}
	}
	hangs := func(w http.ResponseWriter, req *http.Request) {
		if w, flushes := w.(http.Flusher); flushes && req.URL.Path == "/token" {
			w.Flush()
		}
		_, _ = io.Copy(io.Discard, req.Body)
		<-req.Context().Done()
	}
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		t.Errorf("the redirect was followed: %s with %q", req.URL, req.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	for name, test := range map[string]struct {
		serve http.HandlerFunc
		says  string
	}{
		"wrong secret":              {answers(401, "application/json", `{"error": "invalid_client", "error_description": "`+canary+`"}`), "refused: invalid_client"},
		"an error with 200":         {answers(200, "application/json", `{"error": "invalid_scope"}`), "refused: invalid_scope"},
		"a code of its own":         {echo(400, "application/json", `{"error": %q}`), "answered with status 400"},
		"broken":                    {echo(500, "text/plain", "stack trace: %s"), "answered with status 500"},
		"an odd status":             {echo(799, "text/plain", "%s"), "answered with status 799"},
		"HTML":                      {echo(200, "text/html", "<html>log in, %s</html>"), "something else than a token"},
		"HTML that says it is JSON": {echo(200, "application/json", "<html>%s</html>"), "something else than a token"},
		"no token":                  {echo(200, "application/json", `{"token": %q}`), "something else than a token"},
		"a token of another kind":   {echo(200, "application/json", `{"token_type": "Bearer", "access_token": %q}`), "no JWT"},
		"a token without a type":    {answers(200, "application/json", fmt.Sprintf(`{"access_token": %q}`, jwt(valid))), "another type than Bearer"},
		"a token for a proof":       {answers(200, "application/json", fmt.Sprintf(`{"access_token": %q, "token_type": "DPoP"}`, jwt(valid))), "another type than Bearer"},
		"an expired token":          {answers(200, "application/json", fmt.Sprintf(`{"access_token": %q, "token_type": "Bearer", "expires_in": -5}`, jwt(valid))), "not valid any more"},
		"claims that are no object": {answers(200, "application/json", fmt.Sprintf(`{"access_token": %q, "token_type": "Bearer"}`, jwt([]string{canary}))), "no JWT"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"access_token": "`)
			for chunk := strings.Repeat("x", 1<<20); ; {
				if _, err := io.WriteString(w, chunk); err != nil {
					return
				}
			}
		}, "something else than a token"},
		"endless headers": {func(w http.ResponseWriter, _ *http.Request) {
			for i := range 100 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1<<10))
			}
		}, "something else than a token"},
		"not HTTP": {func(w http.ResponseWriter, req *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				fmt.Fprintf(connection, "%s %s\r\n\r\n", canary, req.Header.Get("Authorization"))
				connection.Close()
			}
		}, "something else than a token"},
		"elsewhere": {func(w http.ResponseWriter, req *http.Request) {
			http.Redirect(w, req, elsewhere.URL+"/?"+canary, http.StatusTemporaryRedirect)
		}, "redirects, which is not followed"},
		"silent": {hangs, "did not answer in time"},
		"slow": {func(w http.ResponseWriter, req *http.Request) {
			for range 1000 {
				_, _ = io.WriteString(w, " ")
				http.NewResponseController(w).Flush()
				select {
				case <-req.Context().Done():
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}, "did not answer in time"},
	} {
		t.Run(name, func(t *testing.T) {
			timeout := time.Minute
			if name == "silent" || name == "slow" {
				timeout = 100 * time.Millisecond
			}
			token, err := endpoint(t, timeout, test.serve).Token(t.Context(), client)
			var failure *Error
			if !errors.As(err, &failure) || !strings.Contains(err.Error(), test.says) || failure.Timeout != (timeout < time.Minute) {
				t.Fatalf("got %v and %v, want an error that says %q", token, err, test.says)
			}
			if strings.Contains(err.Error(), "CANARY") || strings.Contains(err.Error(), base64.StdEncoding.EncodeToString([]byte("ws-alice:"))[:8]) {
				t.Errorf("the secret is in the error: %v", err)
			}
		})
	}
}

func TestAnEndpointThatIsNotThere(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	issuer := NewIssuer(server.URL, "workspace-api", time.Minute)
	if _, err := issuer.Token(t.Context(), client); err == nil || err.Error() != "the token endpoint cannot be reached" {
		t.Errorf("got %v", err)
	}
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	defer untrusted.Close()
	issuer = NewIssuer(untrusted.URL, "workspace-api", time.Minute)
	if _, err := issuer.Token(t.Context(), client); err == nil || !strings.Contains(err.Error(), "certificate does not verify") {
		t.Errorf("got %v", err)
	}
}

func TestACallerWhoGoesAwayWaitsNoLonger(t *testing.T) {
	asked := make(chan struct{})
	issuer := endpoint(t, time.Minute, func(_ http.ResponseWriter, req *http.Request) {
		_, _ = io.Copy(io.Discard, req.Body)
		close(asked)
		<-req.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	if _, err := issuer.Token(ctx, client); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
