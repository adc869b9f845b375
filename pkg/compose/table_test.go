package compose

import (
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// rows answers every path of the table, by what path names it.
func rows(list []Field, name func(Field) string, base string) []string {
	var result []string
	for _, field := range list {
		path := join(base, name(field))
		if name(field) == "" {
			continue
		}
		result = append(result, path)
		if len(field.Fields) > 0 {
			result = append(result, rows(field.Fields, name, path+"[]")...)
		}
	}
	return result
}

// TestTableIsComplete: every field that users can set is in the table, but for the environment, which is an annotation.
func TestTableIsComplete(t *testing.T) {
	known := rows(Table, func(f Field) string { return f.Workspace }, "")
	var visit func(of reflect.Type, path string)
	visit = func(of reflect.Type, path string) {
		switch {
		case slices.Contains(known, path) && (of.Kind() != reflect.Slice || of.Elem().Kind() != reflect.Struct || path == "spec.runtime.files"):
			return
		case of.Kind() == reflect.Pointer && of != reflect.TypeFor[*metav1.Time]():
			visit(of.Elem(), path)
		case of.Kind() == reflect.Slice:
			visit(of.Elem(), path+"[]")
		case of.Kind() == reflect.Struct:
			for i := range of.NumField() {
				name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
				visit(of.Field(i).Type, path+"."+name)
			}
		case path != "spec.environment":
			t.Errorf("%s is not in the table", path)
		}
	}
	visit(reflect.TypeFor[v1alpha1.WorkspaceSpec](), "spec")
}

// TestTableMatchesTheParts: every path of the table is one of the part's schema, every translated word is one that the schema
// knows, and no word of the schema is without a translation.
func TestTableMatchesTheParts(t *testing.T) {
	for kind, file := range map[Kind]string{Storage: "../../artifacts/crds/storages.yaml", Datalab: "../../artifacts/crds/datalabs.yaml"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		crd := apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(data, &crd); err != nil {
			t.Fatal(err)
		}
		for _, field := range Table {
			if field.Kind == kind {
				matches(t, field, string(kind), *crd.Spec.Versions[0].Schema.OpenAPIV3Schema)
			}
		}
	}
}

func matches(t *testing.T, field Field, base string, schema apiextensionsv1.JSONSchemaProps) {
	t.Helper()
	if field.Part == "" {
		return
	}
	for _, name := range strings.Split(field.Part, ".") {
		property, found := schema.Properties[name]
		if !found {
			t.Errorf("%s has no %s", base, field.Part)
			return
		}
		schema = property
	}
	path := base + "." + field.Part
	if len(field.Enum) > 0 {
		for _, word := range field.Enum {
			if !slices.ContainsFunc(schema.Enum, func(known apiextensionsv1.JSON) bool { return string(known.Raw) == `"`+word+`"` }) {
				t.Errorf("%s does not know %q", path, word)
			}
		}
		if len(field.Enum) != len(schema.Enum) {
			t.Errorf("%s knows %d words, the table %d", path, len(schema.Enum), len(field.Enum))
		}
	}
	switch field.Shape {
	case Items:
		if schema.Items == nil {
			t.Fatalf("%s is no list", path)
		}
		schema = *schema.Items.Schema
	case Entries:
		if schema.AdditionalProperties == nil {
			t.Fatalf("%s is no map", path)
		}
		schema = *schema.AdditionalProperties.Schema
	}
	for _, child := range field.Fields {
		matches(t, child, path, schema)
	}
}
