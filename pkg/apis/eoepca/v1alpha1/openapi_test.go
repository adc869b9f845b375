package v1alpha1_test

import (
	"slices"
	"strings"
	"testing"

	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

const modelPackage = "org.eoepca.v1alpha1."

// eachField visits every field of every model of ours.
func eachField(visit func(model, field string, schema spec.Schema, models map[string]common.OpenAPIDefinition)) {
	models := openapi.GetOpenAPIDefinitions(func(path string) spec.Ref { return spec.MustCreateRef(path) })
	for model, definition := range models {
		if !strings.HasPrefix(model, modelPackage) {
			continue
		}
		for field, schema := range definition.Schema.Properties {
			visit(strings.TrimPrefix(model, modelPackage), field, schema, models)
		}
	}
}

func TestEveryFieldIsDescribed(t *testing.T) {
	eachField(func(model, field string, schema spec.Schema, _ map[string]common.OpenAPIDefinition) {
		if schema.Description == "" {
			t.Errorf("%s.%s has no description", model, field)
		}
	})
}

// Server-side apply can only merge what the schema says how to merge.
func TestEveryListSaysHowItIsMerged(t *testing.T) {
	kinds := map[string]int{}
	eachField(func(model, field string, schema spec.Schema, models map[string]common.OpenAPIDefinition) {
		if !schema.Type.Contains("array") || strings.HasSuffix(model, "List") {
			return
		}
		listType, _ := schema.Extensions.GetString("x-kubernetes-list-type")
		kinds[listType]++
		if listType == "atomic" {
			return
		}
		if listType != "map" {
			t.Errorf("%s.%s: list type %q, want map or atomic", model, field, listType)
			return
		}
		keys, _ := schema.Extensions["x-kubernetes-list-map-keys"].([]any)
		if len(keys) == 0 {
			t.Errorf("%s.%s has no keys", model, field)
		}
		item := models[schema.Items.Schema.Ref.String()].Schema
		for _, key := range keys {
			if !slices.Contains(item.Required, key.(string)) {
				t.Errorf("%s.%s: key %q is not a required field of its items", model, field, key)
			}
		}
	})
	if kinds["map"] != 14 {
		t.Errorf("%d lists have keys, want 14", kinds["map"])
	}
}

func TestEnumsAreListed(t *testing.T) {
	want := map[string]int{
		"Member.role": 2, "CredentialsRollover.interval": 6, "LifecycleRule.mode": 2, "AccessGrant.permission": 4,
		"Session.state": 2, "SessionStatus.state": 2, "Quota.budget": 6, "Security.policy": 3, "Security.kubernetesRole": 3,
		"BucketShare.permission": 4, "BucketShare.state": 5,
	}
	eachField(func(model, field string, schema spec.Schema, _ map[string]common.OpenAPIDefinition) {
		if got := len(schema.Enum); got != want[model+"."+field] {
			t.Errorf("%s.%s: %d values, want %d", model, field, got, want[model+"."+field])
		}
	})
}
