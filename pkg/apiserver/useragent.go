package apiserver

import (
	"net/http"

	"github.com/eoepca/workspaces/pkg/registry/workspace"
)

// withUserAgent tells the registry which program asks: what it writes and is no update of a client is owned by that program too.
func withUserAgent(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(w, r.WithContext(workspace.WithUserAgent(r.Context(), r.UserAgent())))
	})
}
