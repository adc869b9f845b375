package explain

import (
	"slices"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// role is one that somebody has in a workspace or in its namespace, and what it allows beyond the roles before it.
type role struct {
	name string
	// of the namespace: not bound to one workspace.
	namespaced bool
	grants     []grant
}

// grant is a verb on resources: on workspaces ("") or on subresources of them.
type grant struct {
	verb         string
	subresources []string
}

// roles are those that the server binds (artifacts/base/rbac-workspaces.yaml) and what Kubernetes' own mean for workspaces
// (rbac-aggregated.yaml), the least first.
var roles = []role{
	{name: "ws_api", grants: []grant{{"get", []string{"credentials"}}}},
	{name: "ws_access", grants: []grant{
		{"get", []string{"", "status", "usage", "sharing", "proxy"}},
		{"create", []string{"launch", "proxy"}}, {"update", []string{"proxy"}}, {"patch", []string{"proxy"}}, {"delete", []string{"proxy"}},
	}},
	{name: "ws_admin", grants: []grant{
		{"get", append(sections, "kubeconfig")}, {"update", sections}, {"patch", sections}, {"create", []string{"token"}},
	}},
	{name: "edit", namespaced: true, grants: []grant{
		{"list", []string{""}}, {"watch", []string{""}}, {"create", []string{""}}, {"update", []string{""}}, {"patch", []string{""}},
		{"delete", []string{""}}, {"deletecollection", []string{""}},
	}},
}

var sections = []string{"members", "buckets", "access", "stores", "sessions"}

// least is the least role that allows a verb on a subresource; nil: none of them does.
func least(verb, subresource string) *role {
	for i := range roles {
		for _, grant := range roles[i].grants {
			if grant.verb == verb && slices.Contains(grant.subresources, subresource) {
				return &roles[i]
			}
		}
	}
	return nil
}

// held is the name of the greatest role that the rules amount to for a workspace; "none" if none.
func held(rules []authorizationv1.ResourceRule, workspace string) string {
	has := func(r role) bool {
		for _, grant := range r.grants {
			for _, subresource := range grant.subresources {
				if !allows(rules, grant.verb, subresource, workspace) {
					return false
				}
			}
		}
		return true
	}
	switch {
	case has(roles[3]) && has(roles[2]):
		return "admin of the namespace"
	case has(roles[3]):
		return "edit of the namespace" // which has neither tokens nor kubeconfigs
	}
	for i := 2; i >= 0; i-- {
		if has(roles[i]) {
			return roles[i].name
		}
	}
	if allows(rules, "get", "", workspace) {
		return "view"
	}
	return "none"
}

// allows says whether one of the rules allows a verb on a workspace or on a subresource of it.
func allows(rules []authorizationv1.ResourceRule, verb, subresource, workspace string) bool {
	resource := "workspaces"
	if subresource != "" {
		resource += "/" + subresource
	}
	holds := func(values []string, any string, value string) bool {
		return slices.Contains(values, any) || slices.Contains(values, value)
	}
	return slices.ContainsFunc(rules, func(rule authorizationv1.ResourceRule) bool {
		return holds(rule.APIGroups, "*", v1alpha1.SchemeGroupVersion.Group) &&
			(holds(rule.Resources, "*", resource) || subresource != "" && slices.Contains(rule.Resources, "*/"+subresource)) &&
			holds(rule.Verbs, "*", verb) &&
			(len(rule.ResourceNames) == 0 || slices.Contains(rule.ResourceNames, workspace))
	})
}
