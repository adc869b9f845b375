package apiserver

import (
	"net/http"
	"net/http/httptest"
	"testing"

	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
)

func TestOnlyCredentialsAreKeptOutOfCaches(t *testing.T) {
	handler := withNoStore(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, test := range []struct {
		info genericapirequest.RequestInfo
		want string
	}{
		{genericapirequest.RequestInfo{APIGroup: "eoepca.org", Resource: "workspaces", Subresource: "credentials"}, "no-store"},
		{genericapirequest.RequestInfo{APIGroup: "eoepca.org", Resource: "workspaces"}, "no-cache, private"},
		{genericapirequest.RequestInfo{APIGroup: "other.org", Resource: "things", Subresource: "credentials"}, "no-cache, private"},
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		answer := httptest.NewRecorder()
		answer.Header().Set("Cache-Control", "no-cache, private") // as the generic chain does before
		handler.ServeHTTP(answer, request.WithContext(genericapirequest.WithRequestInfo(request.Context(), &test.info)))
		if got := answer.Header().Get("Cache-Control"); got != test.want {
			t.Errorf("%s/%s: Cache-Control %q, want %q", test.info.Resource, test.info.Subresource, got, test.want)
		}
	}
}
