package apiserver

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
)

func TestWhoMayGetAllIsNotAskedForByName(t *testing.T) {
	get := func(name string) authorizer.AttributesRecord {
		return authorizer.AttributesRecord{User: &user.DefaultInfo{Name: "eric"}, Verb: "get", APIGroup: "eoepca.org", APIVersion: "v1alpha1",
			Resource: "workspaces", Namespace: "ns", Name: name, ResourceRequest: true}
	}
	with := func(name string, change func(*authorizer.AttributesRecord)) authorizer.AttributesRecord {
		attributes := get(name)
		change(&attributes)
		return attributes
	}
	const all = ""
	for name, test := range map[string]struct {
		grants   map[string]bool // by name
		requests []authorizer.AttributesRecord
		asked    []string
		allowed  []bool
	}{
		"nobody has asked whether he may get all": {
			map[string]bool{all: true, "a": true}, []authorizer.AttributesRecord{get("a")}, []string{"a"}, []bool{true}},
		"he may get all": {
			map[string]bool{all: true}, []authorizer.AttributesRecord{get(all), get("a"), get("b")}, []string{all, all, all}, []bool{true, true, true}},
		"he may not get all": {
			map[string]bool{"a": true}, []authorizer.AttributesRecord{get(all), get("a"), get("b")}, []string{all, "a", "b"}, []bool{false, true, false}},
		"in another namespace it says nothing": {
			map[string]bool{all: true}, []authorizer.AttributesRecord{get(all), with("a", func(r *authorizer.AttributesRecord) { r.Namespace = "other" })},
			[]string{all, "a"}, []bool{true, false}},
		"nor of another caller": {
			map[string]bool{all: true}, []authorizer.AttributesRecord{get(all), with("a", func(r *authorizer.AttributesRecord) { r.User = &user.DefaultInfo{Name: "bob"} })},
			[]string{all, "a"}, []bool{true, false}},
		"nor of another verb": {
			map[string]bool{all: true}, []authorizer.AttributesRecord{get(all), with("a", func(r *authorizer.AttributesRecord) { r.Verb = "delete" })},
			[]string{all, "a"}, []bool{true, false}},
		"nor of a subresource": {
			map[string]bool{all: true}, []authorizer.AttributesRecord{get(all), with("a", func(r *authorizer.AttributesRecord) { r.Subresource = "credentials" })},
			[]string{all, "a"}, []bool{true, false}},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			a := newAllNames(authorizer.AuthorizerFunc(func(_ context.Context, attributes authorizer.Attributes) (authorizer.Decision, string, error) {
				asked = append(asked, attributes.GetName())
				if test.grants[attributes.GetName()] {
					return authorizer.DecisionAllow, "", nil
				}
				return authorizer.DecisionNoOpinion, "", nil
			}))
			var allowed []bool
			for _, request := range test.requests {
				decision, _, _ := a.Authorize(t.Context(), request)
				allowed = append(allowed, decision == authorizer.DecisionAllow)
			}
			if diff := cmp.Diff(test.asked, asked); diff != "" {
				t.Errorf("asked for: %s", diff)
			}
			if diff := cmp.Diff(test.allowed, allowed); diff != "" {
				t.Errorf("allowed: %s", diff)
			}
		})
	}
}

func TestWhoMayNoLongerGetAllIsAskedForByName(t *testing.T) {
	grants := map[string]bool{"": true, "a": true}
	a := newAllNames(authorizer.AuthorizerFunc(func(_ context.Context, attributes authorizer.Attributes) (authorizer.Decision, string, error) {
		if grants[attributes.GetName()] {
			return authorizer.DecisionAllow, "", nil
		}
		return authorizer.DecisionNoOpinion, "", nil
	}))
	may := func(name string) bool {
		decision, _, _ := a.Authorize(t.Context(), authorizer.AttributesRecord{User: &user.DefaultInfo{Name: "eric"}, Verb: "get",
			APIGroup: "eoepca.org", Resource: "workspaces", Namespace: "ns", Name: name, ResourceRequest: true})
		return decision == authorizer.DecisionAllow
	}
	if !may("") || !may("b") {
		t.Fatal("who may get all may not get b")
	}
	delete(grants, "")
	if may("b") || !may("a") {
		t.Error("after that was taken away: want a, which he may get by its name, and not b")
	}
}
