package sessionproxy

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzAnswers has a session answer with any bytes: the client gets one answer to his request, which speaks for the session alone.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Set-Cookie\r\n\r\n0\r\nSet-Cookie: a=b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n2\r\nok\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/; Domain=example.org\r\nset-cookie: __Host-a=b; Path=/; Secure\r\nSet-Cookie: eoepca-a=b\r\n\r\n",
		"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/;a, c=d\r\nSet-Cookie: ;\r\nSet-Cookie: a\tb=c\r\nConnection: X, Set-Cookie\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: /ns/ws/main/lab\r\n\r\n", "HTTP/1.1 302 Found\r\nLocation: javascript:alert(1)\r\n\r\n",
		"HTTP/1.1 302 Found\r\nLocation: //evil.example.org/\"><script>\r\nContent-Encoding: gzip\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 101 Switching Protocols\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\nClear-Site-Data: *\r\n\r\n", "HTTP/1.1 999 \r\n\r\n", "HTTP/1.0 200\r\n\r\n", "",
	} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	session := newRawSession(f)
	proxy := newProxy(Address("http://"+session.listener.Addr().String()+"/{namespace}/{workspace}/{session}/"), time.Second)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, err := proxy.Handler(Session{"ns", "ws", "main"}, testPrefix, func(error) { w.WriteHeader(http.StatusBadGateway) })
		if err != nil {
			panic(err)
		}
		handler.ServeHTTP(w, r)
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, answer []byte, browser bool) {
		session.answers <- answer
		client, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		_ = client.SetDeadline(time.Now().Add(5 * time.Second))
		accept := "*/*"
		if browser {
			accept = "text/html"
		}
		_, _ = io.WriteString(client, "GET "+testPrefix+"/a HTTP/1.1\r\nHost: client\r\nAccept: "+accept+"\r\nConnection: close\r\n\r\n")
		r := bufio.NewReader(client)
		req := httptest.NewRequest(http.MethodGet, "/", nil)
		resp, err := http.ReadResponse(r, req)
		if err != nil { // a session that breaks off in the middle of its body has the client told so
			return
		}
		_, broken := io.Copy(io.Discard, resp.Body)
		checkAnswer(t, resp)
		if rest, _ := io.ReadAll(r); len(rest) > 0 && broken == nil {
			t.Errorf("and then there is %q", rest)
		}
	})
}

// checkAnswer fails when an answer speaks for others than the session.
func checkAnswer(t *testing.T, resp *http.Response) {
	t.Helper()
	if resp.StatusCode < 200 {
		t.Errorf("the client is answered %s", resp.Status)
	}
	for _, name := range notForClients {
		if values := resp.Header.Values(name); len(values) > 0 {
			t.Errorf("the client is told %s: %q", name, values)
		}
	}
	for _, line := range resp.Header.Values("Set-Cookie") {
		cookie, err := http.ParseSetCookie(line)
		if err != nil || cookie.Domain != "" || isOurs(cookie.Name) || cookie.Path != testPrefix && !strings.HasPrefix(cookie.Path, testPrefix+"/") {
			t.Errorf("the client is given the cookie %q (%v)", line, err)
		}
	}
}

// rawSession answers each connection with bytes.
type rawSession struct {
	listener net.Listener
	answers  chan []byte
}

func newRawSession(f *testing.F) *rawSession {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = listener.Close() })
	s := &rawSession{listener: listener, answers: make(chan []byte, 1)}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			answer := <-s.answers
			if _, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
				_, _ = conn.Write(answer)
			}
			_ = conn.Close()
		}
	}()
	return s
}
