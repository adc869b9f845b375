package proxy

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/websocket"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// lab is a workspace with a running session main and a stopped one.
type lab struct {
	*testing.T
	ns, name string
}

func newLab(t *testing.T) lab {
	t.Helper()
	ns := e.Namespace(t)
	e.PlayProviders(t, ns)
	ws := env.Workspace(ns, "ws-"+ns)
	ws.Spec.Sessions = []v1alpha1.Session{{Name: "main", State: "Started"}, {Name: "idle", State: "Stopped"}}
	if _, err := e.Replicas[0].Workspaces(ns).Create(t.Context(), ws, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	l := lab{t, ns, ws.Name}
	env.Eventually(t, "the session runs", func() error {
		resp := l.get(env.Operator, "main/")
		if resp.StatusCode != http.StatusOK {
			return fmt.Errorf("got %s: %s", resp.Status, read(resp))
		}
		return nil
	})
	return l
}

func (l lab) path(below string) string {
	return "/apis/eoepca.org/v1alpha1/namespaces/" + l.ns + "/workspaces/" + l.name + "/proxy/" + below
}

// as is how a user reaches kube-apiserver.
func (l lab) as(user string) (*rest.Config, *http.Client) {
	l.Helper()
	config, err := e.Aggregated(user)
	if err != nil {
		l.Fatal(err)
	}
	transport, err := rest.TransportFor(config)
	if err != nil {
		l.Fatal(err)
	}
	return config, &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (l lab) do(user, method, below, body string, header http.Header) *http.Response {
	l.Helper()
	config, client := l.as(user)
	req, err := http.NewRequestWithContext(l.Context(), method, config.Host+l.path(below), strings.NewReader(body))
	if err != nil {
		l.Fatal(err)
	}
	req.Header = header
	resp, err := client.Do(req)
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { resp.Body.Close() })
	return resp
}

func (l lab) get(user, below string) *http.Response {
	l.Helper()
	return l.do(user, http.MethodGet, below, "", http.Header{})
}

// socket opens a WebSocket at a host as the user of the configuration.
func (l lab) socket(config *rest.Config) *websocket.Conn {
	l.Helper()
	secure, err := rest.TLSConfigFor(config)
	if err != nil {
		l.Fatal(err)
	}
	host, err := url.Parse(config.Host)
	if err != nil {
		l.Fatal(err)
	}
	ws, err := websocket.NewConfig("wss://"+host.Host+l.path("main/echo"), config.Host)
	if err != nil {
		l.Fatal(err)
	}
	ws.TlsConfig = secure
	conn, err := ws.DialContext(l.Context())
	if err != nil {
		l.Fatal(err)
	}
	l.Cleanup(func() { conn.Close() })
	return conn
}

func (l lab) echoes(conn *websocket.Conn) {
	l.Helper()
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		l.Fatal(err)
	}
	got := make([]byte, 5)
	_, err := conn.Write([]byte("hello"))
	if err == nil {
		_, err = io.ReadFull(conn, got)
	}
	if err != nil || string(got) != "hello" {
		l.Fatalf("the socket answers %q (%v)", got, err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil { // it is the other side that ends it
		l.Fatal(err)
	}
}

// endsWithin is less than the minute after which streams end when nobody can say whether they may go on.
const endsWithin = 40 * time.Second

// ends waits until the other side ends the stream.
func (l lab) ends(what string, stream io.Reader) {
	l.Helper()
	ended := make(chan struct{})
	go func() { defer close(ended); _, _ = io.Copy(io.Discard, stream) }()
	select {
	case <-ended:
	case <-time.After(endsWithin):
		l.Fatalf("%s: the stream goes on", what)
	}
}

func (l lab) setState(state string) {
	l.Helper()
	patch := `{"spec": {"sessions": [{"name": "main", "state": "` + state + `"}, {"name": "idle", "state": "Stopped"}]}}`
	if _, err := e.Replicas[0].Workspaces(l.ns).Patch(l.Context(), l.name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		l.Fatal(err)
	}
}

func (l lab) bind(user, role string) {
	l.Helper()
	_, err := e.Admin.RbacV1().RoleBindings(l.ns).Create(l.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		l.Fatal(err)
	}
}

func read(resp *http.Response) string {
	text, _ := io.ReadAll(resp.Body)
	return string(text)
}

func TestRequestsReachTheSessionThroughTheAggregator(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.bind("visitor", "eoepca:workspace-access")
	env.Eventually(t, "the role has effect", func() error {
		if resp := l.get("visitor", "main/"); resp.StatusCode != http.StatusOK {
			return fmt.Errorf("got %s", resp.Status)
		}
		return nil
	})
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		resp := l.do("visitor", method, "main/api/kernels?a=b%2Fc", "body", http.Header{"X-Xsrftoken": {"kept"}, "Cookie": {"a=b; __Host-ui=secret"}})
		want := method + " /" + l.ns + "/" + l.name + "/main/api/kernels?a=b%2Fc body"
		if got := read(resp); resp.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s is answered by %s: %q, want %q", method, resp.Status, got, want)
		}
	}
	if resp := l.do("visitor", http.MethodHead, "main/", "", nil); resp.StatusCode != http.StatusOK {
		t.Errorf("HEAD is answered by %s", resp.Status)
	}
	for _, r := range sessions.of(l.ns) {
		for name, values := range r.Header {
			text := strings.Join(values, " ")
			if strings.HasPrefix(name, "X-Remote") || strings.Contains(text, "visitor") || strings.Contains(text, "secret") || strings.Contains(text, "system:authenticated") {
				t.Errorf("the session is told %s: %s", name, text)
			}
			if strings.HasPrefix(name, "X-Forwarded") && (name != "X-Forwarded-Prefix" || text != l.path("main")) {
				t.Errorf("the session is told %s: %s", name, text)
			}
		}
	}
	// kube-apiserver passes no redirects on.
	for below, want := range map[string]string{
		"main":          "main/",
		"main/a/login":  "./../lab?from=login",
		"main/metadata": "http://169.254.169.254/latest/meta-data/",
	} {
		resp := l.do("visitor", http.MethodGet, below, "", http.Header{"Sec-Fetch-Mode": {"navigate"}})
		if to := resp.Header.Get("Refresh"); resp.StatusCode != http.StatusOK || to != "0; url="+want {
			t.Errorf("%s is answered by %s, and leads to %q, want %s", below, resp.Status, to, want)
		}
	}
	if got := read(l.get("visitor", "main")); got != "GET /"+l.ns+"/"+l.name+"/main/ " {
		t.Errorf("without a browser main is answered by %q", got)
	}
}

func TestASocketLastsAsLongAsItsSession(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	config, _ := l.as(env.Operator)
	conn := l.socket(config)
	l.echoes(conn)
	stream := l.get(env.Operator, "main/stream")
	begun, err := bufio.NewReader(stream.Body).ReadString('\n')
	if err != nil || begun != "begun\n" {
		t.Fatalf("the stream begins with %q (%v)", begun, err)
	}

	// What is changed elsewhere does not concern it.
	patch := `{"metadata": {"labels": {"a": "b"}}, "spec": {"members": [{"name": "bob"}]}}`
	if _, err := e.Replicas[0].Workspaces(l.ns).Patch(t.Context(), l.name, types.MergePatchType, []byte(patch), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	l.echoes(conn)

	l.setState("Stopped")
	l.ends("the session is stopped", conn)
	l.ends("the session is stopped", stream.Body)
}

func TestASocketEndsWithThePermission(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	l.bind("leaver", "eoepca:workspace-access")
	env.Eventually(t, "the role has effect", func() error {
		if resp := l.get("leaver", "main/"); resp.StatusCode != http.StatusOK {
			return fmt.Errorf("got %s", resp.Status)
		}
		return nil
	})
	config, _ := l.as("leaver")
	conn := l.socket(config)
	l.echoes(conn)
	if err := e.Admin.RbacV1().RoleBindings(l.ns).Delete(t.Context(), "leaver", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	l.ends("the role is taken away", conn)
}

func TestSocketsEndWithTheServer(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	replica, err := e.NewReplica(configure)
	if err != nil {
		t.Fatal(err)
	}
	if err := replica.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
	conn := l.socket(replica.RESTConfig)
	l.echoes(conn)
	begin := time.Now()
	if err := replica.Stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("the server took %s to end", took)
	}
	l.ends("the server has ended", conn)
	replica.CloseIdleConnections()
}

func TestWhatIsNotThereIsSaid(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	for below, want := range map[string]struct {
		code int
		says string
	}{
		"idle/":  {http.StatusServiceUnavailable, "kubectl workspace session start idle --workspace " + l.name},
		"other/": {http.StatusNotFound, `declares no session "other": it declares "main", "idle"`},
		"":       {http.StatusBadRequest, "name the session"},
		"/main/": {http.StatusBadRequest, "name the session"},
	} {
		resp := l.get(env.Operator, below)
		if text := read(resp); resp.StatusCode != want.code || !strings.Contains(strings.ReplaceAll(text, `\"`, `"`), want.says) {
			t.Errorf("%q is answered by %s: %s", below, resp.Status, text)
		}
	}
	if resp := l.get("stranger", "main/"); resp.StatusCode != http.StatusForbidden {
		t.Errorf("a stranger is answered %s", resp.Status)
	}
	if resp := l.do(env.Operator, http.MethodPost, "main/?dryRun=All", "", nil); resp.StatusCode != http.StatusBadRequest {
		t.Errorf("a dry run is answered %s", resp.Status)
	}
}

// Sessions run in a namespace of the workspace's name, and what else has that name is not reached through it.
func TestANamespaceThatIsNotTheWorkspacesIsNotReached(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	session, err := e.Admin.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: l.name}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if resp := l.get(env.Operator, "main/"); resp.StatusCode != http.StatusOK {
		t.Errorf("with a namespace that is younger: %s: %s", resp.Status, read(resp))
	}
	config, _ := l.as(env.Operator)
	conn := l.socket(config)
	l.echoes(conn)
	session.Annotations = map[string]string{"workspaces.eoepca.org/workspace": "other/" + l.name}
	if _, err := e.Admin.CoreV1().Namespaces().Update(t.Context(), session, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	if resp := l.get(env.Operator, "main/"); resp.StatusCode != http.StatusConflict {
		t.Errorf("with a namespace of another workspace: %s: %s", resp.Status, read(resp))
	}
	l.ends("the namespace is another's", conn)
}

// Bytes as no client library sends them, to kube-apiserver and past it.
func TestCraftedRequestsReachNothingElse(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	direct, err := e.Replicas[0].As(env.Operator)
	if err != nil {
		t.Fatal(err)
	}
	aggregated, _ := l.as(env.Operator)
	before := len(sessions.of(l.ns))
	harmless := 0
	for _, config := range []*rest.Config{aggregated, direct} {
		for _, request := range []string{
			"GET $P/main/../../../../etc HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main/%2e%2e/%2e%2e/other/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main/..%2f..%2fother/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main/..;/..;/other/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main/..\\..\\up HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main%2f..%2f..%2fother/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/main/%252e%252e%252fother/ HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET http://evil.example.org$P/main/.. HTTP/1.1\r\nHost: a\r\n\r\n",
			"GET $P/http://evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
			"GET $P/@evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
			"GET $P/main/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
			"POST $P/main/../ HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
		} {
			send(t, config, strings.ReplaceAll(request, "$P", strings.TrimSuffix(l.path(""), "/")))
		}
		// These are a session's own business; they reach it, and nothing else.
		for _, request := range []string{
			"GET $P/main//evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\nX-Forwarded-Host: evil.example.org\r\nX-Original-URL: /evil/\r\n\r\n",
			"POST $P/main/ HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /evil/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
		} {
			send(t, config, strings.ReplaceAll(request, "$P", strings.TrimSuffix(l.path(""), "/")))
			harmless++
		}
	}
	if diff := cmp.Diff([]string(nil), sessions.strays()); diff != "" {
		t.Error(diff)
	}
	if got := len(sessions.of(l.ns)) - before; got > harmless {
		t.Errorf("%d requests reached the session, want at most %d", got, harmless)
	}
}

// send sends bytes, and reads until the server has nothing more to say.
func send(t *testing.T, config *rest.Config, text string) {
	t.Helper()
	secure, err := rest.TLSConfigFor(config)
	if err != nil {
		t.Fatal(err)
	}
	host, err := url.Parse(config.Host)
	if err != nil {
		t.Fatal(err)
	}
	secure = secure.Clone()
	secure.NextProtos = []string{"http/1.1"}
	conn, err := tls.Dial("tcp", host.Host, secure)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return // refused before it was read
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}
