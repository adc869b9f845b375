package controlplane

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// operators are those of the stores, as the kinds of their custom resources; nobody acts on these here.
var operators = map[string]struct{ kind, version string }{
	"mongodbcommunity.mongodbcommunity.mongodb.com":      {"MongoDBCommunity", "v1"},
	"postgresclusters.postgres-operator.crunchydata.com": {"PostgresCluster", "v1beta1"},
	"qdrantclusters.qdrant.io":                           {"QdrantCluster", "v1alpha1"},
	"redis.redis.redis.opstreelabs.in":                   {"Redis", "v1beta2"},
}

// Operators are the names of the CRDs that make stores available.
func Operators() []string {
	var names []string
	for name := range operators {
		names = append(names, name)
	}
	return names
}

// InstallOperators applies stand-ins for the CRDs of the stores' operators, all or those that are named, and waits until
// they are served. They are names without content: enough for the server to see that the operator is there.
func (c *ControlPlane) InstallOperators(ctx context.Context, names ...string) error {
	if len(names) == 0 {
		names = Operators()
	}
	for _, name := range names {
		if err := c.apply(ctx, crds, operatorCRD(name)); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := c.waitCondition(ctx, crds, name, "Established"); err != nil {
			return err
		}
	}
	return nil
}

func operatorCRD(name string) *unstructured.Unstructured {
	plural, group, _ := strings.Cut(name, ".")
	kind, version := operators[name].kind, operators[name].version
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
		"metadata": map[string]any{"name": name},
		"spec": map[string]any{
			"group": group, "scope": "Namespaced",
			"names": map[string]any{"kind": kind, "plural": plural, "singular": strings.ToLower(kind)},
			"versions": []any{map[string]any{
				"name": version, "served": true, "storage": true,
				"schema": map[string]any{"openAPIV3Schema": map[string]any{
					"type": "object", "x-kubernetes-preserve-unknown-fields": true,
					"description": "Stand-in for the operator's own kind in development and tests: nobody acts on it.",
				}},
			}},
		},
	}}
}
