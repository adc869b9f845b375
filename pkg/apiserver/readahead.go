package apiserver

import (
	"context"
	"net/http"

	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/storage"
)

// withReadAhead makes room in requests for what is read ahead, but not in reads at a version: those are the cache's.
func withReadAhead(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !r.URL.Query().Has("resourceVersion") {
			r = r.WithContext(storage.WithReadAhead(r.Context()))
		}
		handler.ServeHTTP(w, r)
	})
}

// readingAhead has a workspace read while the question is on its way whether the caller may get or change it. It is asked
// once a request is authenticated; and kube-apiserver, from which requests come, has authorized it before.
type readingAhead struct {
	authorizer.Authorizer
	read func(ctx context.Context, namespace, name string)
}

func (a readingAhead) Authorize(ctx context.Context, attributes authorizer.Attributes) (authorizer.Decision, string, error) {
	a.begin(ctx, attributes)
	return a.Authorizer.Authorize(ctx, attributes)
}

func (a readingAhead) ConditionsAwareAuthorize(ctx context.Context, attributes authorizer.Attributes) authorizer.ConditionsAwareDecision {
	a.begin(ctx, attributes)
	return a.Authorizer.ConditionsAwareAuthorize(ctx, attributes)
}

func (a readingAhead) begin(ctx context.Context, attributes authorizer.Attributes) {
	if attributes.GetAPIGroup() != eoepca.GroupName || attributes.GetResource() != "workspaces" || attributes.GetName() == "" {
		return
	}
	switch attributes.GetVerb() {
	case "get", "update", "patch", "create": // What is created under a name is a subresource.
		a.read(ctx, attributes.GetNamespace(), attributes.GetName())
	}
}
