package apiserver

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"k8s.io/apiserver/pkg/apis/audit"
	auditpolicy "k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
)

func TestAnswersWithSecretsAreKeptOutOfCaches(t *testing.T) {
	handler := withNoStore(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, test := range []struct {
		info genericapirequest.RequestInfo
		want string
	}{
		{genericapirequest.RequestInfo{APIGroup: "eoepca.org", Resource: "workspaces", Subresource: "credentials"}, "no-store"},
		{genericapirequest.RequestInfo{APIGroup: "eoepca.org", Resource: "workspaces", Subresource: "token"}, "no-store"},
		{genericapirequest.RequestInfo{APIGroup: "eoepca.org", Resource: "workspaces", Subresource: "kubeconfig"}, "no-store"},
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

type policy audit.Level

func (p policy) EvaluatePolicyRule(authorizer.Attributes) auditpolicy.RequestAuditConfig {
	return auditpolicy.RequestAuditConfig{Level: audit.Level(p), OmitManagedFields: true}
}

func TestAnswersWithSecretsAreKeptOutOfTheAuditLog(t *testing.T) {
	for _, test := range []struct {
		group, subresource string
		policy, want       audit.Level
	}{
		{"eoepca.org", "credentials", audit.LevelRequestResponse, audit.LevelMetadata},
		{"eoepca.org", "token", audit.LevelRequest, audit.LevelMetadata},
		{"eoepca.org", "kubeconfig", audit.LevelMetadata, audit.LevelMetadata},
		{"eoepca.org", "credentials", audit.LevelNone, audit.LevelNone},
		{"eoepca.org", "", audit.LevelRequestResponse, audit.LevelRequestResponse},
		{"eoepca.org", "usage", audit.LevelRequestResponse, audit.LevelRequestResponse},
		{"other.org", "token", audit.LevelRequestResponse, audit.LevelRequestResponse},
	} {
		attributes := authorizer.AttributesRecord{APIGroup: test.group, Resource: "workspaces", Subresource: test.subresource}
		got := withoutSecrets{policy(test.policy)}.EvaluatePolicyRule(attributes)
		if got.Level != test.want || !got.OmitManagedFields {
			t.Errorf("%s/%s at %s: %+v, want %s", test.group, test.subresource, test.policy, got, test.want)
		}
	}
}
