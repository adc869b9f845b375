// Package base_test holds the promises of the manifests in this folder.
package base_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/eoepca/workspaces/pkg/access"
)

// The ClusterRoles are copies of the table of permissions.
func TestRolesOfWorkspaces(t *testing.T) {
	roles := read(t, "rbac-workspaces.yaml", "eoepca:workspace-")
	if len(roles) != len(access.Roles) {
		t.Errorf("there are %d roles, want %d", len(roles), len(access.Roles))
	}
	var resources, verbs []string
	for _, p := range access.Permissions {
		resources, verbs = append(resources, p.Resources...), append(verbs, p.Verbs...)
	}
	for _, role := range access.Roles {
		rules, wanted := roles[string(role)], role.Rules()
		for _, resource := range resources {
			for _, verb := range verbs {
				got, want := allows(rules, "eoepca.org", resource, verb), allows(wanted, "eoepca.org", resource, verb)
				if role == access.RoleOperator {
					want = true
				}
				if got != want {
					t.Errorf("%s may %s %s: %v, want %v", role, verb, resource, got, want)
				}
			}
		}
		for _, rule := range rules {
			for _, resource := range rule.Resources {
				if role != access.RoleOperator && !slices.Contains(resources, resource) {
					t.Errorf("%s may do something with %s, which no permission names", role, resource)
				}
			}
		}
	}
}

// What the server may change: parts, the events that it writes, what of a quota is used, the Lease and the grants that it keeps.
// What it grants it holds.
func TestTheServerMayDoNoMoreThanItNeeds(t *testing.T) {
	server := read(t, "rbac-server.yaml", "eoepca:")["workspaces-apiserver"]
	changes := map[string]string{ // by group, those of the core group by resource
		"pkg.internal":              "create update patch delete",
		"rbac.authorization.k8s.io": "create update delete",
		"/events":                   "create patch",
		"/resourcequotas/status":    "update",
	}
	for _, rule := range server {
		for _, verb := range rule.Verbs {
			if slices.Contains(rule.Resources, "secrets") && verb != "get" {
				t.Errorf("it may %s secrets", verb)
			}
			if slices.Contains(rule.APIGroups, "eoepca.org") || slices.Contains([]string{"get", "list", "watch"}, verb) {
				continue
			}
			for _, group := range rule.APIGroups {
				for _, resource := range rule.Resources {
					key := group
					if group == "" {
						key = "/" + resource
					}
					if !slices.Contains(strings.Fields(changes[key]), verb) {
						t.Errorf("it may %s %s of %s", verb, resource, group)
					}
				}
			}
		}
	}
	held := 0
	for _, p := range access.Permissions {
		for _, resource := range p.Resources {
			for _, verb := range p.Verbs {
				want := slices.ContainsFunc(access.GrantedRoles, func(r access.Role) bool { return slices.Contains(p.Roles, r) })
				if got := allows(server, "eoepca.org", resource, verb); got != want {
					t.Errorf("it may %s %s: %v, want %v", verb, resource, got, want)
				}
				held++
			}
		}
	}
	if held == 0 {
		t.Error("nothing was looked at")
	}
}

func allows(rules []rbacv1.PolicyRule, group, resource, verb string) bool {
	has := func(list []string, item string) bool {
		return slices.Contains(list, item) || slices.Contains(list, "*")
	}
	return slices.ContainsFunc(rules, func(rule rbacv1.PolicyRule) bool {
		return has(rule.APIGroups, group) && has(rule.Resources, resource) && has(rule.Verbs, verb)
	})
}

// read returns the rules of a file's ClusterRoles, by name without the prefix.
func read(t *testing.T, file, prefix string) map[string][]rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string][]rbacv1.PolicyRule{}
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	for {
		var role rbacv1.ClusterRole
		if err := decoder.Decode(&role); errors.Is(err, io.EOF) {
			return roles
		} else if err != nil {
			t.Fatal(err)
		}
		if role.Kind == "ClusterRole" {
			roles[role.Name[len(prefix):]] = role.Rules
		}
	}
}
