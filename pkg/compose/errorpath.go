package compose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// translator turns paths in a part into paths in the Workspace that the part was made from.
type translator struct {
	kind Kind
	from map[string]any
}

// path answers the Workspace's name of a place in the part, and the row of the table that it was found in, if it is
// exactly one. It answers false for what has no counterpart.
func (t translator) path(part string) (string, *Field, bool) {
	if part == "" || part == "metadata" || part == "spec" || part == "status" {
		return part, nil, true
	}
	if strings.HasPrefix(part, "metadata.") {
		return metadataPath(part), nil, true
	}
	var rows []Field
	for _, row := range Table {
		if row.Kind == t.kind && row.Shape != Rest {
			rows = append(rows, row)
		}
	}
	return t.find(rows, t.from, "", part)
}

func metadataPath(part string) string {
	for internal, name := range map[string]string{
		"metadata.annotations[" + StorageEnvironmentAnnotation + "]": "spec.environment",
		"metadata.annotations[" + DatalabEnvironmentAnnotation + "]": "spec.environment",
		"metadata.annotations[" + LastAppliedAnnotation + "]":        "metadata.annotations[" + lastApplied + "]",
		"metadata.annotations[" + OwnerReferencesAnnotation + "]":    "metadata.ownerReferences",
		"metadata.annotations[" + ManagedFieldsAnnotation + "]":      "metadata.managedFields",
	} {
		if part == internal {
			return name
		}
	}
	return part
}

// find translates a path below the item that the rows describe, whose own name in the Workspace is base.
func (t translator) find(rows []Field, item map[string]any, base, part string) (string, *Field, bool) {
	for i := range rows {
		row := &rows[i]
		rest, ok := cutPath(part, row.Part)
		if !ok || row.Part == "" {
			continue
		}
		name := join(base, row.Workspace)
		if rest == "" && row.Shape != First {
			return name, row, true
		}
		return t.into(row, item, name, rest)
	}
	// What lies between the rows: an object of the part that is one of the Workspace too.
	for _, row := range rows {
		inner, ok := cutPath(row.Part, part)
		if outer, same := strings.CutSuffix(row.Workspace, inner); ok && same {
			return join(base, outer), nil, true
		}
	}
	return "", nil, false
}

// into translates the rest of a path behind the row whose name in the Workspace is name.
func (t translator) into(row *Field, item map[string]any, name, rest string) (string, *Field, bool) {
	items, _ := lookup(item, dotted(row.Workspace)).([]any)
	switch row.Shape {
	case First:
		if rest == "" {
			return "spec.members", row, true
		}
		index, _, ok := cutIndex(rest)
		if !ok || index == 0 {
			return name, row, true
		}
		return fmt.Sprintf("spec.members[%d].name", index-1), row, true
	case Items:
		index, rest, ok := cutIndex(rest)
		if !ok {
			return name, row, true
		}
		var child map[string]any
		if index < len(items) {
			child, _ = items[index].(map[string]any)
		}
		return t.inItem(row, child, fmt.Sprintf("%s[%d]", name, index), rest)
	case Entries:
		return t.inEntry(row, items, name, rest)
	}
	return name + rest, row, true
}

func (t translator) inItem(row *Field, item map[string]any, name, rest string) (string, *Field, bool) {
	rest = strings.TrimPrefix(rest, ".")
	if rest == "" {
		return name, row, true
	}
	if found, field, ok := t.find(row.Fields, item, name, rest); ok {
		return found, field, true
	}
	return "", nil, false
}

// inEntry finds the item of a key. The key may hold dots, and comes as ".key" or "[key]".
func (t translator) inEntry(row *Field, items []any, name, rest string) (string, *Field, bool) {
	owner, _ := t.from["spec"].(map[string]any)["owner"].(string)
	for i, value := range items {
		item, _ := value.(map[string]any)
		key, _ := item[row.Keys[0]].(string)
		if behind, ok := cutKey(rest, key); ok {
			return t.inItem(row, item, fmt.Sprintf("%s[%d]", name, i), behind)
		}
	}
	if _, ok := cutKey(rest, owner); ok && row.Workspace == "spec.members" && owner != "" {
		return "spec.owner", row, true
	}
	return name, row, true
}

// cutKey removes the leading key of a map from a path.
func cutKey(path, key string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, "["+key+"]"); ok {
		return rest, true
	}
	return cutPath(path, "."+key)
}

// cutIndex removes the leading index of a list from a path.
func cutIndex(path string) (int, string, bool) {
	inside, ok := strings.CutPrefix(path, "[")
	if !ok {
		return 0, "", false
	}
	digits, rest, ok := strings.Cut(inside, "]")
	index, err := strconv.Atoi(digits)
	return index, rest, ok && err == nil && index >= 0
}

// cutPath removes a path's beginning, which must end where a step ends.
func cutPath(path, beginning string) (string, bool) {
	rest, ok := strings.CutPrefix(path, beginning)
	return rest, ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}

func join(base, name string) string {
	return strings.Join(slices.DeleteFunc([]string{base, name}, func(s string) bool { return s == "" }), ".")
}
