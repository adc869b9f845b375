package session

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/websocket"
	"k8s.io/client-go/rest"
)

const below = "/apis/eoepca.org/v1alpha1/namespaces/ns/workspaces/ws/proxy/main/"

// stage is a gate before a kube-apiserver that answers with what reaches it.
func stage(t *testing.T) (*gate, *httptest.Server) {
	t.Helper()
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/echo") {
			websocket.Server{Handler: func(c *websocket.Conn) { _, _ = io.Copy(c, c) }}.ServeHTTP(w, r)
			return
		}
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+r.Header.Get("Authorization")+r.Header.Get("Impersonate-User"))
	}))
	t.Cleanup(api.Close)
	front := httptest.NewUnstartedServer(nil)
	g, err := newGate(&rest.Config{Host: api.URL, BearerToken: "mine"}, front.Listener.Addr().String(), below)
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = g
	front.Start()
	t.Cleanup(front.Close)
	return g, front
}

func ask(t *testing.T, client *http.Client, address string, change func(*http.Request)) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(req)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(body))
}

func TestTheGateLetsInWhoKnowsTheKey(t *testing.T) {
	g, front := stage(t)
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar}
	for _, address := range []string{front.URL + below, front.URL + "/", front.URL + "/?key=guessed"} {
		if code, body := ask(t, client, address, nil); code != http.StatusForbidden || strings.Contains(body, "GET") {
			t.Errorf("%s without the key: %d %s", address, code, body)
		}
	}
	if code, body := ask(t, client, g.entrance(), nil); code != http.StatusOK || body != "GET "+below+" Bearer mine" {
		t.Errorf("by the entrance: %d %s", code, body)
	}
	for _, test := range []struct {
		promise, path string
		change        func(*http.Request)
		code          int
		body          string
	}{
		{"who is in stays in", below + "lab/tree%2Fa?x=1", nil, 200, "GET " + below + "lab/tree%2Fa?x=1 Bearer mine"},
		{"the root leads to the session", "/", nil, 200, "GET " + below + " Bearer mine"},
		{"a page cannot say who asks", below, func(r *http.Request) {
			r.Header.Set("Authorization", "token of the session")
			r.Header.Set("Impersonate-User", "root")
		}, 200, "GET " + below + " Bearer mine"},
		{"the rest of the API is not reached", "/api/v1/secrets", nil, 404, "404 page not found"},
		{"another session is not reached", strings.Replace(below, "main", "other", 1), nil, 404, "404 page not found"},
		{"nor by a way round", below + "%2e%2e/other/", nil, 404, "404 page not found"},
		{"a page of another host is not let in", below, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example.org") }, 403, "a page of another host"},
		{"nor one whose name was made to stand for this machine", below, func(r *http.Request) { r.Host = "evil.example.org" }, 403, "a page of another host"},
	} {
		if code, body := ask(t, client, front.URL+test.path, test.change); code != test.code || body != test.body {
			t.Errorf("%s: %d %s, want %d %s", test.promise, code, body, test.code, test.body)
		}
	}
}

func TestTheGateLetsWebSocketsThrough(t *testing.T) {
	g, front := stage(t)
	config, err := websocket.NewConfig(strings.Replace(front.URL, "http", "ws", 1)+below+"echo", front.URL)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := config.DialContext(t.Context()); err == nil {
		t.Error("a socket is opened without the key")
	}
	config.Header = http.Header{"Cookie": {g.cookie() + "=" + url.QueryEscape(g.key)}}
	conn, err := config.DialContext(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != "hello" {
		t.Errorf("the socket answers %q (%v)", got, err)
	}
}
