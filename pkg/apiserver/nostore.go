package apiserver

import (
	"net/http"

	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// withNoStore keeps answers that hold secrets out of every cache on their way.
func withNoStore(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		info, ok := genericapirequest.RequestInfoFrom(req.Context())
		if ok && info.APIGroup == eoepca.GroupName && info.Subresource == "credentials" {
			w.Header().Set("Cache-Control", "no-store")
		}
		handler.ServeHTTP(w, req)
	})
}
