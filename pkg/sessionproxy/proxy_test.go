package sessionproxy

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// stage has a session behind a proxy, and a client before it.
type stage struct {
	*testing.T
	session *httptest.Server
	proxy   *httptest.Server
	client  *http.Client

	mu  sync.Mutex
	got []*http.Request // what reached the session
}

// newStage has the session answer.
func newStage(t *testing.T, patience time.Duration, answer http.HandlerFunc) *stage {
	t.Helper()
	s := &stage{T: t, client: &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	s.session = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.got = append(s.got, r.Clone(r.Context()))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(s.session.Close)
	address, err := ParseAddress(s.session.URL + "/{namespace}/{workspace}/{session}/")
	if err != nil {
		t.Fatal(err)
	}
	proxy := newProxy(address, patience)
	s.proxy = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := proxy.Handler(Session{"ns", "ws", "main"}, testPrefix, func(err error) {
			var status apierrors.APIStatus
			if !errors.As(err, &status) {
				t.Errorf("an error without a status: %v", err)
			}
			http.Error(w, status.Status().Message, int(status.Status().Code))
		})
		if err != nil {
			t.Error(err)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(s.proxy.Close)
	return s
}

func (s *stage) do(method, path string, header http.Header) *http.Response {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), method, s.proxy.URL+testPrefix+path, nil)
	if err != nil {
		s.Fatal(err)
	}
	if header != nil {
		req.Header = header
	}
	resp, err := s.client.Do(req)
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { resp.Body.Close() })
	return resp
}

// last is the last request that reached the session.
func (s *stage) last() *http.Request {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.got) == 0 {
		s.Fatal("nothing has reached the session")
	}
	return s.got[len(s.got)-1]
}

func ok(http.ResponseWriter, *http.Request) {}

func TestNothingOfTheCallersIdentityReachesTheSession(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	target, _ := url.Parse(s.session.URL)
	s.do(http.MethodGet, "/a", http.Header{
		"Authorization": {"Bearer secret"}, "Proxy-Authorization": {"Basic secret"},
		"X-Remote-User": {"alice"}, "X-Remote-Group": {"a", "b"}, "X-Remote-Extra-Scopes": {"all"}, "x-remote-uid": {"1"},
		"Impersonate-User": {"alice"}, "Impersonate-Extra-A": {"b"}, "X-Auth-Request-Email": {"alice@example.org"},
		"X-Forwarded-For": {"10.0.0.1"}, "X-Forwarded-Host": {"evil.example.org"}, "X-Forwarded-Prefix": {"/evil"}, "X-Forwarded-Client-Cert": {"alice"},
		"Forwarded": {"for=10.0.0.1"}, "Via": {"1.1 proxy"}, "X-Original-Url": {"/evil"}, "Audit-Id": {"1"}, "Kubectl-Command": {"kubectl get"},
		"Cookie":                 {"__Host-session=secret; a=b", "eoepca-token=secret; c=d; __HOST-other=secret"},
		"Sec-Websocket-Protocol": {"chat, base64url.bearer.authorization.k8s.io.c2VjcmV0", "v2"},
		"Referer":                {"https://ui.example.org/workspaces/ws"},
		"Connection":             {"X-Forwarded-Prefix, X-Kept"},
		"X-Xsrftoken":            {"kept"}, "Accept": {"text/html"}, "User-Agent": {"test"},
	})
	want := http.Header{
		"Accept": {"text/html"}, "Accept-Encoding": {"gzip"}, "Connection": {"close"}, "Cookie": {"a=b; c=d"}, "Sec-Websocket-Protocol": {"chat, v2"},
		"User-Agent": {"test"}, "X-Forwarded-Prefix": {testPrefix}, "X-Xsrftoken": {"kept"},
	}
	got := s.last()
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if got.Host != target.Host {
		t.Errorf("the session is called %s, want %s", got.Host, target.Host)
	}
}

func TestPathAndQueryReachTheSessionAsTheyAre(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	for path, want := range map[string]string{
		"/":                             "/ns/ws/main/",
		"/lab/tree?a=b&c=%2F&d":         "/ns/ws/main/lab/tree?a=b&c=%2F&d",
		"/a%2Fb//c%20d":                 "/ns/ws/main/a%2Fb//c%20d",
		"//evil.example.org/":           "/ns/ws/main//evil.example.org/",
		"/http://evil.example.org/?x=y": "/ns/ws/main/http://evil.example.org/?x=y",
		"/@evil.example.org/":           "/ns/ws/main/@evil.example.org/",
	} {
		s.do(http.MethodPost, path, nil)
		if got := s.last(); got.RequestURI != want || got.Method != http.MethodPost {
			t.Errorf("%q reaches the session as %s %q, want %q", path, got.Method, got.RequestURI, want)
		}
	}
}

func TestAMissingSlashIsAdded(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	resp := s.do(http.MethodGet, "?a=b", http.Header{"Sec-Fetch-Mode": {"navigate"}})
	if to := refresh(t, resp); resp.StatusCode != http.StatusOK || to != s.proxy.URL+testPrefix+"/?a=b" {
		t.Errorf("a browser gets %s to %s", resp.Status, to)
	}
	if len(s.got) > 0 {
		t.Error("the session was asked")
	}
	s.do(http.MethodPost, "?a=b", nil)
	if got := s.last(); got.RequestURI != "/ns/ws/main/?a=b" {
		t.Errorf("without a browser %s reaches the session", got.RequestURI)
	}
}

// refresh is where a browser is led to.
func refresh(t *testing.T, resp *http.Response) string {
	t.Helper()
	reference, ok := strings.CutPrefix(resp.Header.Get("Refresh"), "0; url=")
	to, err := resp.Request.URL.Parse(reference)
	if !ok || err != nil {
		return ""
	}
	return to.String()
}

// kube-apiserver would answer 502 instead of a redirect.
func TestBrowsersAreLedByPages(t *testing.T) {
	const navigation, script = "navigate", "cors"
	for name, test := range map[string]struct {
		method, mode, accept string
		code                 int
		location             string
		page                 bool
		to                   string
	}{
		"a page":                       {http.MethodGet, navigation, "", 302, "/ns/ws/main/lab?a=b#c", true, "/lab?a=b#c"},
		"a form":                       {http.MethodPost, navigation, "", 303, "/ns/ws/main/lab", true, "/lab"},
		"a form that is sent again":    {http.MethodPost, navigation, "", 307, "/ns/ws/main/lab", false, "/lab"},
		"a page of an old browser":     {http.MethodGet, "", "text/html,*/*", 301, "/ns/ws/main/lab", true, "/lab"},
		"a script":                     {http.MethodGet, script, "text/html", 302, "/ns/ws/main/lab", false, "/lab"},
		"a program":                    {http.MethodGet, "", "application/json", 302, "/ns/ws/main/lab", false, "/lab"},
		"to a login":                   {http.MethodGet, navigation, "", 302, "https://sso.example.org/?a=b", true, "https://sso.example.org/?a=b"},
		"to a script":                  {http.MethodGet, navigation, "", 302, "javascript:alert(1)", false, "javascript:alert(1)"},
		"to what looks like a tag":     {http.MethodGet, navigation, "", 302, `/ns/ws/main/"><script>`, true, "/%22%3E%3Cscript%3E"},
		"where there is nothing to go": {http.MethodGet, navigation, "", 304, "", false, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
				if test.location != "" {
					w.Header().Set("Location", test.location)
				}
				w.Header().Set("Set-Cookie", "a=b")
				w.WriteHeader(test.code)
			})
			header := http.Header{}
			for name, value := range map[string]string{"Sec-Fetch-Mode": test.mode, "Accept": test.accept} {
				if value != "" {
					header.Set(name, value)
				}
			}
			resp := s.do(test.method, "/a/b", header)
			text, _ := io.ReadAll(resp.Body)
			code, to := test.code, ""
			if test.page {
				code, to = http.StatusOK, refresh(t, resp)
			} else if reference := resp.Header.Get("Location"); reference != "" {
				there, err := resp.Request.URL.Parse(reference)
				if err != nil {
					t.Fatal(err)
				}
				to = there.String()
			}
			want := test.to
			if strings.HasPrefix(want, "/") {
				want = s.proxy.URL + testPrefix + want
			}
			if resp.StatusCode != code || to != want || resp.Header.Get("Set-Cookie") == "" {
				t.Errorf("got %s to %q, want %q; %v", resp.Status, to, want, resp.Header)
			}
			if strings.Contains(string(text), "<script>") {
				t.Errorf("the page is %s", text)
			}
		})
	}
}

func TestRedirectsToTheSessionStayBelowIt(t *testing.T) {
	var location string
	s := newStage(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusFound)
	})
	here := s.proxy.URL + testPrefix
	for answered, want := range map[string]string{
		"/ns/ws/main/lab?x=1#y":                  here + "/lab?x=1#y",
		s.session.URL + "/ns/ws/main/lab":        here + "/lab",
		s.session.URL + "/ns/ws/main":            here + "/",
		"sub":                                    here + "/a/sub",
		"../up":                                  here + "/up",
		"?x":                                     here + "/a/b?x",
		s.session.URL + "/ns/other/main/":        s.session.URL + "/ns/other/main/",
		"/ns/other/main/":                        s.session.URL + "/ns/other/main/",
		"../../../../x":                          s.session.URL + "/x",
		"http://169.254.169.254/latest/meta":     "http://169.254.169.254/latest/meta",
		"//evil.example.org/":                    "http://evil.example.org/",
		"https://sso.example.org/login?next=%2F": "https://sso.example.org/login?next=%2F",
		"http://a@" + strings.TrimPrefix(s.session.URL, "http://") + "/ns/ws/main/": "http://a@" + strings.TrimPrefix(s.session.URL, "http://") + "/ns/ws/main/",
	} {
		location = answered
		resp := s.do(http.MethodGet, "/a/b", nil)
		if to, err := resp.Location(); err != nil || to.String() != want || resp.StatusCode != http.StatusFound {
			t.Errorf("%s is answered as %s to %v (%v), want %s", answered, resp.Status, to, err, want)
		}
	}
	if want := 13; len(s.got) != want {
		t.Errorf("%d requests reached the session, want %d: redirects are not followed", len(s.got), want)
	}
}

func TestASessionSpeaksForItselfAlone(t *testing.T) {
	s := newStage(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Service-Worker-Allowed", "/")
		h.Set("Clear-Site-Data", `"*"`)
		h.Set("Strict-Transport-Security", "max-age=1")
		h.Add("Set-Cookie", "_xsrf=2|a; Path=/; Domain=example.org; Expires=Thu, 01 Jan 2037 00:00:00 GMT; SameSite=Lax")
		h.Add("Set-Cookie", "deep=1; Path=/ns/ws/main/lab; HttpOnly")
		h.Add("Set-Cookie", "climbs=1; Path=/apis/")
		h.Add("Set-Cookie", "__Host-ui=evil; Path=/; Secure")
		h.Add("Set-Cookie", "eoepca-session=evil; Path=/")
		h.Set("X-Kept", "yes")
		w.WriteHeader(http.StatusEarlyHints)
		w.WriteHeader(http.StatusTeapot)
	})
	resp := s.do(http.MethodGet, "/", nil)
	want := []string{
		"_xsrf=2|a; Path=" + testPrefix + "/; Expires=Thu, 01 Jan 2037 00:00:00 GMT; SameSite=Lax",
		"deep=1; Path=" + testPrefix + "/lab; HttpOnly",
		"climbs=1; Path=" + testPrefix + "/",
	}
	if diff := cmp.Diff(want, resp.Header.Values("Set-Cookie")); diff != "" {
		t.Errorf("cookies (-want +got)\n%s", diff)
	}
	for _, name := range notForClients {
		if resp.Header.Get(name) != "" {
			t.Errorf("%s reaches the client", name)
		}
	}
	if resp.StatusCode != http.StatusTeapot || resp.Header.Get("X-Kept") != "yes" {
		t.Errorf("the answer is %s %v", resp.Status, resp.Header)
	}
}

func TestBrowsersSendForTheSessionsOwnPagesAlone(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	target := s.session.URL
	for name, test := range map[string]struct {
		method, site string
		upgrade      bool
		code         int
		origin       string
	}{
		"a page's own request":       {http.MethodPost, "same-origin", false, 200, target},
		"a page's own socket":        {http.MethodGet, "same-origin", true, 200, target},
		"typed by the user":          {http.MethodGet, "none", false, 200, "http://client"},
		"no browser":                 {http.MethodPost, "", false, 200, "http://client"},
		"a link from elsewhere":      {http.MethodGet, "cross-site", false, 200, "http://client"},
		"a form from elsewhere":      {http.MethodPost, "cross-site", false, 400, ""},
		"a socket from elsewhere":    {http.MethodGet, "cross-site", true, 400, ""},
		"a socket from a neighbour":  {http.MethodGet, "same-site", true, 400, ""},
		"a deletion from elsewhere":  {http.MethodDelete, "same-site", false, 400, ""},
		"a question from a stranger": {http.MethodOptions, "cross-site", false, 400, ""},
	} {
		t.Run(name, func(t *testing.T) {
			header := http.Header{"Origin": {"http://client"}, "Referer": {"http://client" + testPrefix + "/lab?a"}}
			if test.site != "" {
				header.Set("Sec-Fetch-Site", test.site)
			}
			if test.upgrade {
				header.Set("Connection", "Upgrade")
				header.Set("Upgrade", "websocket")
			}
			before := len(s.got)
			resp := s.do(test.method, "/a", header)
			if resp.StatusCode != test.code {
				t.Fatalf("got %s, want %d", resp.Status, test.code)
			}
			if test.code != 200 {
				if len(s.got) != before {
					t.Error("it reached the session")
				}
				return
			}
			got := s.last().Header
			if got.Get("Origin") != test.origin || got.Get("Referer") != target+"/ns/ws/main/lab?a" {
				t.Errorf("the session sees Origin %q, Referer %q", got.Get("Origin"), got.Get("Referer"))
			}
		})
	}
}

func TestWhereAUserComesFromIsToldOfTheSessionAlone(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	for from, want := range map[string]string{
		testPrefix + "/lab?a":          s.session.URL + "/ns/ws/main/lab?a",
		testPrefix + "/":               s.session.URL + "/ns/ws/main/",
		testPrefix + "2/?token=secret": "",
		"/?token=secret":               "",
	} {
		s.do(http.MethodGet, "/", http.Header{"Referer": {"http://client" + from}})
		if got := s.last().Header.Get("Referer"); got != want {
			t.Errorf("from %s the session is told %q, want %q", from, got, want)
		}
	}
}

func TestOnlyWebSocketsAreUpgradedTo(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	for name, test := range map[string]struct {
		method  string
		upgrade []string
	}{
		"HTTP/2":           {http.MethodGet, []string{"h2c"}},
		"SPDY":             {http.MethodPost, []string{"SPDY/3.1"}},
		"two protocols":    {http.MethodGet, []string{"websocket, h2c"}},
		"two headers":      {http.MethodGet, []string{"websocket", "h2c"}},
		"nothing":          {http.MethodGet, nil},
		"a POST":           {http.MethodPost, []string{"websocket"}},
		"what looks alike": {http.MethodGet, []string{"websocket\t"}},
	} {
		t.Run(name, func(t *testing.T) {
			resp := s.do(test.method, "/", http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": test.upgrade})
			if name == "what looks alike" {
				return // trimmed on its way: it is one
			}
			if resp.StatusCode != http.StatusBadRequest {
				t.Errorf("got %s", resp.Status)
			}
		})
	}
}

func TestAnUpgradedConnectionCarriesBothWays(t *testing.T) {
	s := newStage(t, time.Minute, func(w http.ResponseWriter, _ *http.Request) {
		conn, brw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSet-Cookie: a=b; Path=/\r\n\r\n")
		_, _ = io.Copy(conn, brw)
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.proxy.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET %s/socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer secret\r\n\r\n", testPrefix)
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Set-Cookie") != "a=b; Path="+testPrefix+"/" {
		t.Fatalf("got %v (%v)", resp, err)
	}
	for range 3 {
		fmt.Fprint(conn, "hello\n")
		if line, err := r.ReadString('\n'); line != "hello\n" {
			t.Fatalf("got %q (%v)", line, err)
		}
	}
	if s.last().Header.Get("Authorization") != "" {
		t.Error("the token reached the session")
	}
}

func TestASessionIsGivenLimitedTimeAndRoom(t *testing.T) {
	const patience = 100 * time.Millisecond
	raw := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				defer conn.Close()
				_, _ = io.WriteString(conn, text)
			}
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		header http.Header
		code   int
	}{
		"hangs":                     {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, nil, http.StatusGatewayTimeout},
		"hangs at a socket":         {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}, http.StatusGatewayTimeout},
		"answers nothing":           {raw(""), nil, http.StatusServiceUnavailable},
		"does not speak HTTP":       {raw("SSH-2.0-OpenSSH\r\n\r\n"), nil, http.StatusServiceUnavailable},
		"floods the client's head":  {raw("HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("a", 1000)+"\r\n", 1000)), nil, http.StatusServiceUnavailable},
		"floods with hints":         {raw(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", 10000)), nil, http.StatusServiceUnavailable},
		"upgrades unasked":          {raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"), nil, http.StatusServiceUnavailable},
		"upgrades to what it likes": {raw("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"), http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}}, http.StatusServiceUnavailable},
		"has two lengths":           {raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"), nil, http.StatusServiceUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, patience, test.answer)
			resp := s.do(http.MethodGet, "/", test.header)
			text, _ := io.ReadAll(resp.Body)
			if resp.StatusCode != test.code || !strings.Contains(string(text), `session "main" of workspace "ws"`) {
				t.Errorf("got %s: %s", resp.Status, text)
			}
			if strings.Contains(string(text), strings.TrimPrefix(s.session.URL, "http://")) {
				t.Errorf("the answer tells an address: %s", text)
			}
		})
	}
}

func TestASessionThatIsNotThereIsToldOf(t *testing.T) {
	s := newStage(t, time.Minute, ok)
	s.session.Close()
	resp := s.do(http.MethodGet, "/", nil)
	if text, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(string(text), "cannot be reached: it may be starting") {
		t.Errorf("got %s: %s", resp.Status, text)
	}
}

func TestStreamsArePassedOnAsTheyCome(t *testing.T) {
	next := make(chan struct{})
	s := newStage(t, 100*time.Millisecond, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "%d\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	r := bufio.NewReader(s.do(http.MethodGet, "/", nil).Body)
	for i := range 3 {
		if line, err := r.ReadString('\n'); line != fmt.Sprintf("%d\n", i) {
			t.Fatalf("got %q (%v)", line, err)
		}
		next <- struct{}{}
	}
}
