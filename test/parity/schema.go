package main

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

const (
	controlGroup = "parity.org" // as long as the other: messages quote the beginnings of bodies
	subjectGroup = "eoepca.org"
)

// controlCRD is the custom resource that a Workspace would be if it were stored.
func controlCRD() *apiextensionsv1.CustomResourceDefinition {
	schema := structural()
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "workspaces." + controlGroup},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: controlGroup,
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{
				Kind: "Workspace", ListKind: "WorkspaceList", Plural: "workspaces", Singular: "workspace",
				ShortNames: []string{"wks"}, Categories: []string{"eoepca"},
			},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1alpha1", Served: true, Storage: true,
				Schema:                   &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &schema},
				Subresources:             &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
				AdditionalPrinterColumns: columns,
				SelectableFields:         []apiextensionsv1.SelectableField{{JSONPath: ".spec.owner"}, {JSONPath: ".spec.environment"}},
			}},
		},
	}
}

// columns are the Workspace's, with what a path can tell in each.
var columns = []apiextensionsv1.CustomResourceColumnDefinition{
	{Name: "Owner", Type: "string", JSONPath: ".spec.owner", Description: "The user who owns the workspace."},
	{Name: "Ready", Type: "string", JSONPath: ready("Ready"), Description: "Whether the parts are ready; Terminating while they are being deleted."},
	{Name: "Sessions", Type: "string", JSONPath: ".spec.sessions[0].state", Description: "How many sessions are to be started, of how many that are declared."},
	{Name: "Buckets", Type: "integer", JSONPath: ".spec.buckets", Description: "How many buckets the workspace owns."},
	{Name: "Members", Type: "integer", JSONPath: ".spec.members", Description: "How many members the workspace has besides its owner."},
	{Name: "Age", Type: "string", JSONPath: ".metadata.creationTimestamp", Description: metav1.ObjectMeta{}.SwaggerDoc()["creationTimestamp"]},
	{Name: "Storage", Type: "string", Priority: 1, JSONPath: ready("StorageReady"), Description: "Whether the storage is ready."},
	{Name: "Datalab", Type: "string", Priority: 1, JSONPath: ready("DatalabReady"), Description: "Whether the runtime is ready; empty where there is none."},
	{Name: "Environment", Type: "string", Priority: 1, JSONPath: ".spec.environment", Description: "The provider environment that serves the workspace."},
}

func ready(condition string) string {
	return ".status.conditions[?(@.type=='" + condition + "')].status"
}

// structural is the Workspace's schema as a custom resource may have it: the one that is published for Workspaces, with all
// references resolved.
func structural() apiextensionsv1.JSONSchemaProps {
	const prefix = "#/definitions/"
	definitions := openapi.GetOpenAPIDefinitions(func(path string) spec.Ref { return spec.MustCreateRef(prefix + path) })
	root := resolve(definitions, definitions[v1alpha1.Workspace{}.OpenAPIModelName()].Schema)
	root["properties"].(object)["metadata"] = object{"type": "object"}
	text, err := json.Marshal(root)
	if err != nil {
		panic(err)
	}
	var out apiextensionsv1.JSONSchemaProps
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// resolve is a schema as plain values, without references, and without what custom resources do not know.
func resolve(definitions map[string]common.OpenAPIDefinition, s spec.Schema) object {
	if ref := s.Ref.String(); ref != "" {
		name := ref[strings.LastIndex(ref, "/")+1:]
		if strings.HasSuffix(name, ".ObjectMeta") {
			return object{"type": "object"}
		}
		out := resolve(definitions, definitions[name].Schema)
		if s.Description != "" {
			out["description"] = s.Description
		}
		return out
	}
	out := object{}
	text, err := json.Marshal(s)
	if err == nil {
		err = json.Unmarshal(text, &out)
	}
	if err != nil {
		panic(err)
	}
	// An empty default stands for a value that Go leaves out; a custom resource would have it filled in.
	if d, ok := out["default"]; ok && slices.Contains(empty, string(mustJSON(d))) {
		delete(out, "default")
	}
	for key := range maps.Clone(out) {
		if strings.HasPrefix(key, "x-kubernetes-patch-") {
			delete(out, key)
		}
	}
	if s.Items != nil {
		out["items"] = resolve(definitions, *s.Items.Schema)
	}
	if s.AdditionalProperties != nil && s.AdditionalProperties.Schema != nil {
		out["additionalProperties"] = resolve(definitions, *s.AdditionalProperties.Schema)
	}
	if len(s.Properties) > 0 {
		properties := object{}
		for name, property := range s.Properties {
			properties[name] = resolve(definitions, property)
		}
		out["properties"] = properties
	}
	return out
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

var errNoModel = errors.New("no published model names the kind Workspace")

// inline resolves the references in a published schema. How a schema is written down is no difference: references are wrapped
// in allOf, empty defaults are those of Go's types, and patch strategies concern a patch that custom resources do not have.
func inline(schemas object, v any, depth int) any {
	const deep = 100
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, item := range v {
			out[i] = inline(schemas, item, depth+1)
		}
		return out
	case object:
		if ref, ok := v["$ref"].(string); ok && depth < deep {
			return inline(schemas, schemas[ref[strings.LastIndex(ref, "/")+1:]], depth+1)
		}
		out := object{}
		for key, value := range v {
			if !strings.HasPrefix(key, "x-kubernetes-patch-") {
				out[key] = inline(schemas, value, depth+1)
			}
		}
		if all, ok := out["allOf"].([]any); ok && len(all) == 1 {
			delete(out, "allOf")
			for key, value := range all[0].(object) {
				if _, there := out[key]; !there {
					out[key] = value
				}
			}
		}
		if d, ok := out["default"]; ok && slices.Contains(empty, string(mustJSON(d))) {
			delete(out, "default")
		}
		return out
	}
	return v
}

// empty defaults.
var empty = []string{"{}", `""`, "0"}
