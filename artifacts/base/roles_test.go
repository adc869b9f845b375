// Package base_test holds the promises of the manifests in this folder.
package base_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// TestRolesOfWorkspaces says which roles may do what; those that are not named may not.
func TestRolesOfWorkspaces(t *testing.T) {
	roles := read(t, "rbac-workspaces.yaml", "eoepca:workspace-")
	for _, test := range []struct {
		verbs, resources []string
		roles            []string
	}{
		{[]string{"get"}, []string{"workspaces", "workspaces/status", "workspaces/usage", "workspaces/sharing"}, []string{"access", "admin", "operator"}},
		{[]string{"list", "watch"}, []string{"workspaces"}, []string{"operator", "user"}},
		{[]string{"create", "update", "patch", "delete", "deletecollection"}, []string{"workspaces"}, []string{"operator"}},
		{[]string{"get"}, []string{"workspaces/credentials"}, []string{"access", "admin", "api", "operator"}},
		{[]string{"create"}, []string{"workspaces/launch"}, []string{"access", "admin", "operator"}},
		{[]string{"get", "create", "update", "patch", "delete"}, []string{"workspaces/proxy"}, []string{"access", "admin", "operator"}},
		{
			[]string{"get", "update", "patch"},
			[]string{"workspaces/members", "workspaces/buckets", "workspaces/access", "workspaces/stores", "workspaces/sessions"},
			[]string{"admin", "operator"},
		},
		{[]string{"create"}, []string{"workspaces/token"}, []string{"admin", "operator"}},
		{[]string{"get"}, []string{"workspaces/kubeconfig"}, []string{"admin", "operator"}},
		{[]string{"get", "list"}, []string{"storetypes"}, []string{"operator", "user"}},
	} {
		for _, resource := range test.resources {
			for _, verb := range test.verbs {
				for role, rules := range roles {
					if got, want := allows(rules, "eoepca.org", resource, verb), slices.Contains(test.roles, role); got != want {
						t.Errorf("%s may %s %s: %v, want %v", role, verb, resource, got, want)
					}
				}
			}
		}
	}
}

func TestTheServerItselfReadsSecretsByNameOnlyAndChangesNothingButPartsAndEvents(t *testing.T) {
	server := read(t, "rbac-server.yaml", "eoepca:")["workspaces-apiserver"]
	for _, rule := range server {
		for _, verb := range rule.Verbs {
			reads := slices.Contains([]string{"get", "list", "watch"}, verb)
			if slices.Contains(rule.Resources, "secrets") && verb != "get" {
				t.Errorf("it may %s secrets", verb)
			}
			events := slices.Equal(rule.Resources, []string{"events"}) && (verb == "create" || verb == "patch")
			if !reads && !events && !slices.Equal(rule.APIGroups, []string{"pkg.internal"}) || verb == "*" {
				t.Errorf("it may %s %v of %v", verb, rule.Resources, rule.APIGroups)
			}
		}
	}
	if len(server) == 0 {
		t.Error("it has no rules")
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
