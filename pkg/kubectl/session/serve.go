package session

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/kubectl/pkg/proxy"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// serve leads a port of the loopback address to the session, through the API, until the context ends.
func (o *openOptions) serve(ctx context.Context, ws *v1alpha1.Workspace, name string) error {
	config, err := o.Config.ToRESTConfig()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(o.port))))
	if err != nil {
		return err
	}
	path := fmt.Sprintf("/apis/%s/namespaces/%s/workspaces/%s/proxy/%s/", v1alpha1.SchemeGroupVersion, ws.Namespace, ws.Name, name)
	gate, err := newGate(config, listener.Addr().String(), path)
	if err != nil {
		listener.Close()
		return err
	}
	server := &http.Server{Handler: gate, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	defer server.Close()
	if err := o.show(name, gate.entrance()); err != nil {
		return err
	}
	o.Progressf("session/%s: reached through the Kubernetes API until you press Ctrl-C", name)
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case err := <-served:
		return err
	}
}

// gate lets through to the session who has come in by the entrance, and to nothing but the session. Other users of this machine
// and pages of other hosts in the user's browser reach the port too, and would have the rights of his kubeconfig.
type gate struct {
	host, path, key string
	api             http.Handler
}

func newGate(config *rest.Config, host, path string) (*gate, error) {
	server, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	below := server.Path != "" && server.Path != "/"
	api, err := proxy.NewProxyHandler(path, nil, config, 30*time.Second, below)
	if err != nil {
		return nil, err
	}
	return &gate{host: host, path: path, key: rand.Text(), api: api}, nil
}

// entrance is the address that lets its caller in.
func (g *gate) entrance() string { return "http://" + g.host + "/?key=" + g.key }

// cookie is the name of the cookie by which those are known that are in. Browsers keep the cookies of all ports together. The server
// hands none that begin so on to sessions.
func (g *gate) cookie() string {
	_, port, _ := net.SplitHostPort(g.host)
	return "eoepca-session-" + port
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch origin := r.Header.Get("Origin"); {
	case r.Host != g.host, origin != "" && origin != "http://"+g.host:
		http.Error(w, "a page of another host", http.StatusForbidden)
	case r.URL.Path == "/" && g.opens(r.URL.Query().Get("key")):
		http.SetCookie(w, &http.Cookie{Name: g.cookie(), Value: g.key, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode})
		w.Header().Set("Referrer-Policy", "no-referrer")
		http.Redirect(w, r, g.path, http.StatusSeeOther)
	case !g.knows(r):
		http.Error(w, "open the address that the command has shown, with its key", http.StatusForbidden)
	case r.URL.Path == "/":
		http.Redirect(w, r, g.path, http.StatusSeeOther)
	case !g.inside(r.URL.Path):
		http.NotFound(w, r)
	default:
		g.clean(r.Header)
		g.api.ServeHTTP(w, r)
	}
}

func (g *gate) knows(r *http.Request) bool {
	cookie, err := r.Cookie(g.cookie())
	return err == nil && g.opens(cookie.Value)
}

func (g *gate) opens(key string) bool {
	return subtle.ConstantTimeCompare([]byte(key), []byte(g.key)) == 1
}

// inside tells the session's paths. A segment ".." could lead out of them.
func (g *gate) inside(path string) bool {
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return strings.HasPrefix(path, g.path)
}

// clean takes out what a page of the session must not tell kube-apiserver: who asks is the kubeconfig's to say.
func (g *gate) clean(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, "Impersonate-") || strings.HasPrefix(name, "X-Remote-") {
			header.Del(name)
		}
	}
	header.Del("Authorization")
}
