package explain

import (
	"bytes"
	"os"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// The roles that ship are the ones that are spoken of.
func TestTheRolesAreThoseThatShip(t *testing.T) {
	shipped := map[string][]rbacv1.PolicyRule{}
	manifest, err := os.ReadFile("../../../artifacts/base/rbac-workspaces.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(manifest), 4096); ; {
		var role rbacv1.ClusterRole
		if decoder.Decode(&role) != nil {
			break
		}
		if role.Kind == "ClusterRole" {
			shipped[role.Name] = role.Rules
		}
	}
	ours := map[string]bool{}
	for i, name := range []string{"eoepca:workspace-api", "eoepca:workspace-access", "eoepca:workspace-admin"} {
		for _, rule := range shipped[name] {
			for _, resource := range rule.Resources {
				for _, verb := range rule.Verbs {
					subresource := strings.TrimPrefix(strings.TrimPrefix(resource, "workspaces"), "/")
					ours[verb+" "+subresource] = true
					if least := least(verb, subresource); least == nil || !within(least.name, roles[:i+1]) {
						t.Errorf("%s may %s %s, and the least role for it is said to be %v", name, verb, resource, least)
					}
				}
			}
		}
		for _, grant := range roles[i].grants {
			for _, subresource := range grant.subresources {
				if !ours[grant.verb+" "+subresource] {
					t.Errorf("%s is said to be allowed by %s, which it is not", grant.verb+" workspaces/"+subresource, name)
				}
			}
		}
	}
}

func within(name string, roles []role) bool {
	for _, role := range roles {
		if role.name == name {
			return true
		}
	}
	return false
}
