package apiserver

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

func TestWhatConcernsOneWorkspaceIsReadAhead(t *testing.T) {
	for name, test := range map[string]struct {
		attributes authorizer.AttributesRecord
		want       []string
	}{
		"get":              {authorizer.AttributesRecord{Verb: "get", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns", Name: "a"}, []string{"ns/a"}},
		"list":             {authorizer.AttributesRecord{Verb: "list", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns"}, nil},
		"patch":            {authorizer.AttributesRecord{Verb: "patch", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns", Name: "a"}, []string{"ns/a"}},
		"launch":           {authorizer.AttributesRecord{Verb: "create", APIGroup: "eoepca.org", Resource: "workspaces", Subresource: "launch", Namespace: "ns", Name: "a"}, []string{"ns/a"}},
		"create":           {authorizer.AttributesRecord{Verb: "create", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns"}, nil},
		"watch of a name":  {authorizer.AttributesRecord{Verb: "watch", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns", Name: "a"}, nil},
		"delete":           {authorizer.AttributesRecord{Verb: "delete", APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns", Name: "a"}, nil},
		"another resource": {authorizer.AttributesRecord{Verb: "get", APIGroup: "example.org", Resource: "workspaces", Namespace: "ns", Name: "a"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var read []string
			denying := readingAhead{authorizer.AuthorizerFunc(func(context.Context, authorizer.Attributes) (authorizer.Decision, string, error) {
				return authorizer.DecisionDeny, "no", nil
			}), func(_ context.Context, namespace, name string) { read = append(read, namespace+"/"+name) }}
			if decision, _, _ := denying.Authorize(t.Context(), test.attributes); decision != authorizer.DecisionDeny {
				t.Errorf("decision %v: reading ahead must not decide", decision)
			}
			if diff := cmp.Diff(test.want, read); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestARequestAtAVersionIsNotReadAhead(t *testing.T) {
	for url, want := range map[string]bool{"/x": true, "/x?resourceVersion=0": false} {
		before := httptest.NewRequest(http.MethodGet, url, nil)
		var room bool
		withReadAhead(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			room = r.Context() != before.Context()
		})).ServeHTTP(httptest.NewRecorder(), before)
		if room != want {
			t.Errorf("%s: room for a read %v, want %v", url, room, want)
		}
	}
}
