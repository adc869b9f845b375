// Command docs prints the reference of the API as Markdown, from the same OpenAPI definitions that the server serves.
package main

import (
	"bufio"
	_ "embed"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/validation/spec"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/openapi"
)

//go:embed intro.md
var intro string

// roots are the kinds that are served; all other types follow from them.
var roots = []string{
	v1alpha1.Workspace{}.OpenAPIModelName(),
	v1alpha1.WorkspaceLaunch{}.OpenAPIModelName(),
	v1alpha1.WorkspaceCredentials{}.OpenAPIModelName(),
	v1alpha1.WorkspaceSharing{}.OpenAPIModelName(),
	v1alpha1.WorkspaceToken{}.OpenAPIModelName(),
	v1alpha1.WorkspaceUsage{}.OpenAPIModelName(),
	v1alpha1.WorkspaceKubeconfig{}.OpenAPIModelName(),
	v1alpha1.StoreType{}.OpenAPIModelName(),
}

func main() {
	out := bufio.NewWriter(os.Stdout)
	write(out, openapi.GetOpenAPIDefinitions(spec.MustCreateRef))
	if err := out.Flush(); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

// write prints every type of ours that the roots lead to, each once and in the order in which it is first met.
func write(out io.Writer, definitions map[string]common.OpenAPIDefinition) {
	fmt.Fprint(out, intro)
	queue := slices.Clone(roots)
	for i := 0; i < len(queue); i++ {
		schema := definitions[queue[i]].Schema
		fmt.Fprintf(out, "\n### %s\n\n%s\n\n| field | type | |\n|---|---|---|\n", shortName(queue[i]), oneLine(schema.Description))
		for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
			property := schema.Properties[name]
			if i < len(roots) && (name == "apiVersion" || name == "kind") {
				continue // Each object has them; a part names those of another.
			}
			kind, ref := typeOf(&property)
			fmt.Fprintf(out, "| `%s`%s | %s | %s |\n", name, mark(slices.Contains(schema.Required, name)), kind, describe(&property))
			if _, known := definitions[ref]; known && ours(ref) && !slices.Contains(queue, ref) {
				queue = append(queue, ref)
			}
		}
	}
}

func mark(required bool) string {
	if required {
		return " *"
	}
	return ""
}

// typeOf answers how a field's type reads, and the definition that it refers to.
func typeOf(schema *spec.Schema) (text, ref string) {
	switch {
	case schema.Ref.String() != "":
		return link(schema.Ref.String()), schema.Ref.String()
	case len(schema.AllOf) == 1: // A reference with a description of its own.
		return typeOf(&schema.AllOf[0])
	case schema.Items != nil && schema.Items.Schema != nil:
		text, ref = typeOf(schema.Items.Schema)
		keys, _ := schema.Extensions["x-kubernetes-list-map-keys"].([]any)
		if len(keys) == 0 {
			return "list of " + text, ref
		}
		names := make([]string, 0, len(keys))
		for _, key := range keys {
			names = append(names, fmt.Sprintf("`%v`", key))
		}
		return "list of " + text + " by " + strings.Join(names, ", "), ref
	case schema.AdditionalProperties != nil && schema.AdditionalProperties.Schema != nil:
		text, ref = typeOf(schema.AdditionalProperties.Schema)
		return "map of " + text, ref
	default:
		return strings.Join(schema.Type, " or "), ""
	}
}

func ours(ref string) bool { return strings.HasPrefix(ref, "org.eoepca.") }

func link(ref string) string {
	if !ours(ref) {
		return shortName(ref)
	}
	return fmt.Sprintf("[%s](#%s)", shortName(ref), strings.ToLower(shortName(ref)))
}

func shortName(ref string) string { return ref[strings.LastIndex(ref, ".")+1:] }

// describe is the description of a field with its values, in a table's cell.
func describe(schema *spec.Schema) string {
	text := schema.Description
	if i := strings.Index(text, "\n\nPossible enum values:"); i >= 0 {
		text = text[:i] // They follow, in one line.
	}
	text = oneLine(text)
	if len(schema.Enum) > 0 {
		values := make([]string, 0, len(schema.Enum))
		for _, value := range schema.Enum {
			values = append(values, fmt.Sprintf("`%v`", value))
		}
		text += " One of " + strings.Join(values, ", ") + "."
	}
	return strings.ReplaceAll(text, "|", `\|`)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
