// Package proxy holds what is promised of the way to a session: through the real aggregator and past it, with plain requests
// and WebSockets, for those who may and until they may no more.
package proxy

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/websocket"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/pkg/sessionproxy"
	"github.com/eoepca/workspaces/test/integration/env"
)

var (
	e *env.Env
	// sessions play all sessions, each below its own path.
	sessions = &players{}
	server   = httptest.NewServer(sessions)
)

func TestMain(m *testing.M) {
	os.Exit(env.Main(m, env.Options{Replicas: 1, Configure: configure}, &e))
}

func configure(o *apiserver.Options) {
	o.Settings.SessionAddress = sessionproxy.Address(server.URL + "/{namespace}/{workspace}/{session}/")
}

// players remember what has reached them.
type players struct {
	mu  sync.Mutex
	got []*http.Request
}

func (p *players) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.got = append(p.got, r)
	p.mu.Unlock()
	switch {
	case strings.HasSuffix(r.URL.Path, "/echo"):
		websocket.Server{Handler: func(conn *websocket.Conn) { _, _ = io.Copy(conn, conn) }}.ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, "/login"):
		http.Redirect(w, r, "/"+strings.Join(strings.Split(r.URL.Path, "/")[1:4], "/")+"/lab?from=login", http.StatusFound)
	case strings.HasSuffix(r.URL.Path, "/metadata"):
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
	case strings.HasSuffix(r.URL.Path, "/stream"):
		_, _ = io.WriteString(w, "begun\n")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	default:
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.Method+" "+r.RequestURI+" "+string(body))
	}
}

// of are the requests that reached a namespace's sessions.
func (p *players) of(ns string) (all []*http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.got {
		if strings.HasPrefix(r.URL.Path, "/"+ns+"/") {
			all = append(all, r)
		}
	}
	return all
}

// strays are the requests to paths that no session has.
func (p *players) strays() (all []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.got {
		if steps := strings.Split(r.RequestURI, "/"); len(steps) < 5 || !strings.HasPrefix(steps[1], "t-") || !strings.HasPrefix(steps[2], "ws-") || steps[3] != "main" {
			all = append(all, r.RequestURI)
		}
	}
	return all
}
