package devprovider

import (
	"html/template"
	"net/http"

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

// pages serves one page per running session, at /<namespace>/<name>/<session>/.
func (p *provider) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	mux.HandleFunc("GET /{namespace}/{name}/{session}/", func(w http.ResponseWriter, r *http.Request) {
		namespace, name, session := r.PathValue("namespace"), r.PathValue("name"), r.PathValue("session")
		o := newObject(datalabKind)
		err := p.client.Get(r.Context(), types.NamespacedName{Namespace: namespace, Name: name}, o)
		phase, _, _ := unstructured.NestedString(o.Object, "status", "sessions", session, "phase")
		if err != nil || phase != "Running" {
			http.Error(w, "no such session is running here (simulated by devprovider)", http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]string{"name": name, "session": session})
	})
	return mux
}
