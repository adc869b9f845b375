package sessionproxy

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
)

// FuzzRequests sends bytes to a server that hands every request with the session's prefix to the session: whatever is in them,
// nothing reaches another host or path, and nothing of who the caller is.
func FuzzRequests(f *testing.F) {
	for _, seed := range []string{
		"GET " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "/../../other/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "/%2e%2e/%2e%2e/other/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "/..;/..;/other/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "/..%2f..%5c..\\up HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "//evil.example.org/ HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
		"GET http://evil.example.org" + testPrefix + "/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET " + testPrefix + "/http://evil.example.org/@b:c HTTP/1.1\r\nHost: a\r\nX-Forwarded-Host: evil\r\nX-Forwarded-Prefix: /evil\r\n\r\n",
		"GET " + testPrefix + "/a%00%0d%0ab?c%0d%0ad HTTP/1.1\r\nHost: a\r\nX-Original-URL: /evil\r\n\r\n",
		"POST " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /other/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"POST " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=\"\r\nGET /\r\n0\r\n\r\n",
		"GET " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, X-Forwarded-Prefix\r\nUpgrade: websocket\r\nAuthorization: Bearer s3cret\r\n\r\nGET /other/ HTTP/1.1\r\nHost: b\r\n\r\n",
		"GET " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
		"GET " + testPrefix + "/ HTTP/1.1\r\nHost: a\r\nauthorization : Bearer s3cret\r\nX-Remote-User: s3cret\r\nCookie: __Host-a=s3cret; b=c\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "CONNECT evil.example.org:80 HTTP/1.1\r\nHost: evil.example.org\r\n\r\n",
	} {
		f.Add([]byte(seed))
	}
	stage := newFuzzStage(f)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<14 {
			return
		}
		for _, got := range stage.send(raw) {
			if got.Host != stage.host || !strings.HasPrefix(got.RequestURI, "/ns/ws/main/") || hasDots(got.URL.Path) {
				t.Errorf("reached %s%s", got.Host, got.RequestURI)
			}
			if values := got.Header.Values(prefixHeader); len(values) != 1 || values[0] != testPrefix {
				t.Errorf("told of the prefix %q", values)
			}
			for name := range got.Header {
				for _, begin := range notForSessionsPrefixes {
					if name != prefixHeader && strings.HasPrefix(strings.ToLower(name), strings.ToLower(begin)) {
						t.Errorf("got the header %s", name)
					}
				}
			}
			if got.Header.Get("Authorization") != "" || strings.Contains(strings.ToLower(got.Header.Get("Cookie")), "__host-") {
				t.Errorf("got %v", got.Header)
			}
		}
		if stage.elsewhere() {
			t.Error("something reached another host")
		}
	})
}

// fuzzStage is a session, its proxy in memory, and a trap at every other address.
type fuzzStage struct {
	host  string
	pipes chan net.Conn
	close func()

	mu     sync.Mutex
	got    []*http.Request
	astray bool
}

func newFuzzStage(f *testing.F) *fuzzStage {
	s := &fuzzStage{pipes: make(chan net.Conn)}
	s.close = sync.OnceFunc(func() { close(s.pipes) })
	session := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.got = append(s.got, r)
		s.mu.Unlock()
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 1<<16))
	}))
	f.Cleanup(session.Close)
	s.host = strings.TrimPrefix(session.URL, "http://")
	proxy := newProxy(Address(session.URL+"/{namespace}/{workspace}/{session}/"), time.Second)
	transport := proxy.transport.(finalAnswers).RoundTripper.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = dialTo(s, dial)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := proxy.Handler(Session{"ns", "ws", "main"}, testPrefix, func(error) { w.WriteHeader(http.StatusBadRequest) })
		if err != nil {
			panic(err)
		}
		handler.ServeHTTP(w, r)
	})}
	f.Cleanup(func() { _ = server.Close() })
	go func() { _ = server.Serve(s) }()
	return s
}

// send answers what reached the session.
func (s *fuzzStage) send(raw []byte) []*http.Request {
	s.mu.Lock()
	s.got = nil
	s.mu.Unlock()
	client, server := net.Pipe()
	s.pipes <- server
	go func() { _, _ = client.Write(raw) }()
	_ = client.SetDeadline(time.Now().Add(100 * time.Millisecond))
	r := bufio.NewReader(client)
	for {
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			break
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			break
		}
		_ = client.SetDeadline(time.Now().Add(10 * time.Millisecond))
	}
	_ = client.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

func (s *fuzzStage) elsewhere() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.astray
}

// Accept, Close and Addr make the stage a listener without a network.
func (s *fuzzStage) Accept() (net.Conn, error) {
	if conn, ok := <-s.pipes; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (s *fuzzStage) Close() error   { s.close(); return nil }
func (s *fuzzStage) Addr() net.Addr { return &net.TCPAddr{} }

// FuzzPaths: what is let through is below the session, however it is read.
func FuzzPaths(f *testing.F) {
	for _, seed := range []string{"/", "/a/../b", "/%2e%2e%2f", "/..;a/", "//host/", `/\..\`, "/%252e%252e", "/a%2fb", "/;/..", "/%", "/%252e%252e/%25zz"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		u, err := url.ParseRequestURI(testPrefix + path)
		if err != nil {
			return
		}
		below, err := pathBelow(testPrefix, u)
		if err != nil || below == "" {
			return
		}
		base, _ := url.Parse("http://session/base/")
		for plain, last := below, ""; plain != last; {
			for _, reading := range []string{plain, strings.ReplaceAll(plain, `\`, "/")} {
				to := base.JoinPath(reading)
				if to.Host != "session" || !strings.HasPrefix(to.Path, "/base/") {
					t.Errorf("%q is let through as %q, and may be read as %s", path, below, to)
				}
			}
			last, plain = plain, unescape(plain)
		}
	})
}

// FuzzNames: no names make an address of another host or path.
func FuzzNames(f *testing.F) {
	f.Add("ws", "main")
	f.Add("ws.evil", "../a")
	f.Add("a@b", "c:1")
	f.Fuzz(func(t *testing.T, workspace, session string) {
		target, err := Address("").of(Session{"ns", workspace, session})
		if err != nil {
			return
		}
		label, rest, _ := strings.Cut(target.Host, ".")
		if len(validation.IsDNS1123Label(label)) > 0 || label != workspace+"-"+session || rest != workspace+".svc.cluster.local" || target.Path != "" {
			t.Errorf("%q and %q are at %s", workspace, session, target)
		}
	})
}

// dialTo notes when another host than the session's is dialled.
func dialTo(s *fuzzStage, dial func(context.Context, string, string) (net.Conn, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if address != s.host {
			s.mu.Lock()
			s.astray = true
			s.mu.Unlock()
		}
		return dial(ctx, network, address)
	}
}
