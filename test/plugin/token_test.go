package plugin

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
)

// tokenServer is an OAuth server that issues each workspace the token of its client, whose id is the workspace's name.
func tokenServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		id, _, _ := req.BasicAuth()
		claims := fmt.Sprintf(`{"aud": ["workspace-api"], "resource_access": {%q: {"roles": ["ws_api"]}}}`, id)
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "e30.%s.c2ln", "token_type": "Bearer", "expires_in": 300}`, base64.RawURLEncoding.EncodeToString([]byte(claims)))
	}))
}
