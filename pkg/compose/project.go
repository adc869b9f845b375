package compose

import (
	"strings"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// served answers the spec of a Workspace as it is served, below the field "spec".
func served(ws *eoepca.Workspace) (map[string]any, error) {
	if ws == nil {
		return map[string]any{}, nil
	}
	var out v1alpha1.Workspace
	if err := v1alpha1.Convert_eoepca_Workspace_To_v1alpha1_Workspace(ws, &out, nil); err != nil {
		return nil, err
	}
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&out.Spec)
	if err != nil {
		return nil, err
	}
	return map[string]any{"spec": spec}, nil
}

// project answers what a Workspace says about a part, in the part's shape: all that the table knows, and nothing else.
func project(from map[string]any, kind Kind) map[string]any {
	part := map[string]any{}
	for _, field := range Table {
		if field.Kind == kind {
			field.project(from, part)
		}
	}
	return part
}

func (f Field) project(from, part map[string]any) {
	value := lookup(from, dotted(f.Workspace))
	items, _ := value.([]any)
	switch f.Shape {
	case Value, Records:
		if value != nil && f.Part != "" {
			f.put(part, f.translate(value))
		}
	case Items:
		if items != nil || f.Required {
			f.put(part, f.projectItems(items))
		}
	case Entries:
		if entries := f.projectEntries(items); len(entries) > 0 {
			f.put(part, entries)
		}
	case First:
		if value != nil {
			f.put(part, []any{value})
		}
	case Rest:
		if keys := f.projectKeys(items); len(keys) > 0 {
			list, _ := lookup(part, dotted(f.Part)).([]any)
			if len(list) == 0 {
				list = []any{""} // the first element is the owner, even if there is none
			}
			f.put(part, append(list, keys...))
		}
	}
}

func (f Field) put(part map[string]any, value any) {
	update(part, dotted(f.Part), true, func(any) any { return value })
}

// projectItems leaves out items that have the key of an earlier one: the first counts.
func (f Field) projectItems(items []any) []any {
	seen := make(map[string]bool, len(items))
	list := make([]any, 0, len(items))
	for _, item := range items {
		from, ok := item.(map[string]any)
		if key := f.identity(from); ok && !seen[key] {
			seen[key] = true
			list = append(list, f.projectItem(from))
		}
	}
	return list
}

func (f Field) projectEntries(items []any) map[string]any {
	entries := make(map[string]any, len(items))
	for _, item := range items {
		from, _ := item.(map[string]any)
		key, _ := from[f.Keys[0]].(string)
		if _, seen := entries[key]; key != "" && !seen {
			entries[key] = f.projectItem(from)
		}
	}
	return entries
}

func (f Field) projectKeys(items []any) []any {
	var keys []any
	seen := make(map[string]bool, len(items))
	for _, item := range items {
		from, _ := item.(map[string]any)
		key, _ := from[f.Keys[0]].(string)
		if key != "" && !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

func (f Field) projectItem(from map[string]any) map[string]any {
	part := make(map[string]any, len(f.Fields))
	for _, field := range f.Fields {
		field.project(from, part)
	}
	return part
}

// identity is a Workspace item's keys as one string.
func (f Field) identity(item map[string]any) string {
	var id strings.Builder
	for _, key := range f.Keys {
		value, _ := item[key].(string)
		id.WriteString(value)
		id.WriteByte(0)
	}
	return id.String()
}

// partKeys are the part's names of the fields that identify an item.
func (f Field) partKeys() []string {
	keys := make([]string, 0, len(f.Keys))
	for _, field := range f.Fields {
		for _, key := range f.Keys {
			if field.Workspace == key {
				keys = append(keys, field.Part)
			}
		}
	}
	return keys
}

func (f Field) translate(value any) any {
	if text, ok := value.(string); ok {
		if translated, ok := f.Enum[text]; ok {
			return translated
		}
	}
	return value
}

func dotted(path string) Path { return fields(strings.Split(path, ".")...) }
