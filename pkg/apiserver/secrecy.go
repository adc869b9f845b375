package apiserver

import (
	"net/http"

	"k8s.io/apimachinery/pkg/util/sets"
	auditinternal "k8s.io/apiserver/pkg/apis/audit"
	"k8s.io/apiserver/pkg/audit"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// secretSubresources are those whose answers hold secrets.
var secretSubresources = sets.New("credentials", "token", "kubeconfig")

// withNoStore keeps answers that hold secrets out of every cache on their way.
func withNoStore(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		info, ok := genericapirequest.RequestInfoFrom(req.Context())
		if ok && info.APIGroup == eoepca.GroupName && secretSubresources.Has(info.Subresource) {
			w.Header().Set("Cache-Control", "no-store")
		}
		handler.ServeHTTP(w, req)
	})
}

// withoutSecrets keeps answers that hold secrets out of the audit log, whatever its policy says: of their requests it
// gets the metadata.
type withoutSecrets struct{ audit.PolicyRuleEvaluator }

func (e withoutSecrets) EvaluatePolicyRule(attributes authorizer.Attributes) audit.RequestAuditConfig {
	config := e.PolicyRuleEvaluator.EvaluatePolicyRule(attributes)
	if attributes.GetAPIGroup() == eoepca.GroupName && secretSubresources.Has(attributes.GetSubresource()) &&
		auditinternal.LevelMetadata.Less(config.Level) {
		config.Level = auditinternal.LevelMetadata
	}
	return config
}
