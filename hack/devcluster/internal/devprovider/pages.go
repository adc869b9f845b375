package devprovider

import (
	"html/template"
	"io"
	"net/http"

	"golang.org/x/net/websocket"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

var page = template.Must(template.New("session").Parse(`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{{.session}} · {{.name}}</title>
  <style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem}</style>
</head>
<body>
  <h1>Session {{.session}} of {{.name}}</h1>
  <p>It is running. This page is simulated by devprovider, the stand-in of the development cluster for real sessions.</p>
</body>
</html>
`))

// pages serves each running session at /<namespace>/<name>/<session>/: a page, and at echo a WebSocket that sends back what it
// is sent.
func (p *provider) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.Handle("/{namespace}/{name}/{session}/", p.running(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]string{"name": r.PathValue("name"), "session": r.PathValue("session")})
	}))
	// Without the check of origins that a handler makes: the proxy before it has seen to that.
	echo := websocket.Server{Handler: func(conn *websocket.Conn) { _, _ = io.Copy(conn, conn) }}
	mux.Handle("GET /{namespace}/{name}/{session}/echo", p.running(echo.ServeHTTP))
	return mux
}

// running serves for sessions that run.
func (p *provider) running(serve http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o := newObject(datalabKind)
		err := p.client.Get(r.Context(), types.NamespacedName{Namespace: r.PathValue("namespace"), Name: r.PathValue("name")}, o)
		phase, _, _ := unstructured.NestedString(o.Object, "status", "sessions", r.PathValue("session"), "phase")
		if err != nil || phase != "Running" {
			http.Error(w, "no such session is running here (simulated by devprovider)", http.StatusNotFound)
			return
		}
		serve(w, r)
	})
}
