package compose

import (
	"strings"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

// home is the place in a part where a path of the Workspace lies.
type home struct {
	kind Kind
	// path leads to it. It is nil for what only holds other fields, and for what only this server writes.
	path fieldpath.Path
	// list is the atomic list that it is of, if it is of one; or would be, if there is nothing at path.
	list atomicList
	leaf listLeaf
}

// branch is the rows of the table by the names of the fields that lead to them.
type branch struct {
	rows  []*row
	below map[string]*branch
	// items are the rows of an item.
	items *branch
	// kind is the home of everything below, or Storage if there are several.
	kind Kind
	// served is the path in the Workspace of what only holds other fields.
	served fieldpath.Path
}

// row is a row of the table with its paths as steps.
type row struct {
	*Field
	part, workspace fieldpath.Path
}

var (
	servedTree = tree(Table, func(f *Field) string { return f.Workspace }, "")
	partTrees  = map[Kind]*branch{
		Storage: tree(Table, func(f *Field) string { return f.Part }, Storage),
		Datalab: tree(Table, func(f *Field) string { return f.Part }, Datalab),
	}
)

func tree(rows []Field, path func(*Field) string, kind Kind) *branch {
	root := &branch{}
	for i := range rows {
		f := &rows[i]
		if path(f) == "" || kind != "" && f.Kind != "" && f.Kind != kind {
			continue
		}
		at := root
		for _, name := range strings.Split(path(f), ".") {
			at = at.grow(name, f.Kind)
		}
		at.rows = append(at.rows, &row{Field: f, part: steps(f.Part), workspace: steps(f.Workspace)})
		if f.Fields != nil && (at.items == nil || f.Shape != Rest) {
			at.items = tree(f.Fields, path, "")
		}
	}
	for i := range rows {
		if kind == "" || rows[i].Kind == kind {
			root.serve(&rows[i])
		}
	}
	return root
}

func (b *branch) grow(name string, kind Kind) *branch {
	next := b.below[name]
	if next == nil {
		next = &branch{kind: kind}
		if b.below == nil {
			b.below = map[string]*branch{}
		}
		b.below[name] = next
	}
	if next.kind != kind {
		next.kind = Storage
	}
	return next
}

// serve notes which objects of the part, on the way to a row, are objects of the Workspace.
func (b *branch) serve(row *Field) {
	names := strings.Split(row.Part, ".")
	for i := 2; i < len(names); i++ {
		if outer, ok := strings.CutSuffix(row.Workspace, "."+strings.Join(names[i:], ".")); ok {
			if at, rest := b.find(elementsOf(names[:i])); at != nil && len(rest) == 0 {
				at.served = elementsOf(strings.Split(outer, "."))
			}
		}
	}
}

// find goes as far as field names lead: to a row, or to what holds rows.
func (b *branch) find(path fieldpath.Path) (*branch, fieldpath.Path) {
	for len(path) > 0 && len(b.rows) == 0 {
		if path[0].FieldName == nil {
			return nil, nil
		}
		if b = b.below[*path[0].FieldName]; b == nil {
			return nil, nil
		}
		path = path[1:]
	}
	return b, path
}

func elementsOf(names []string) fieldpath.Path {
	path := make(fieldpath.Path, len(names))
	for i, name := range names {
		path[i] = fieldpath.FieldNameElement(name)
	}
	return path
}

func extend(path fieldpath.Path, steps ...fieldpath.PathElement) fieldpath.Path {
	longer := make(fieldpath.Path, 0, len(path)+len(steps))
	return append(append(longer, path...), steps...)
}

func steps(dotted string) fieldpath.Path {
	if dotted == "" {
		return nil
	}
	return elementsOf(strings.Split(dotted, "."))
}

// homeOf says where a path of the Workspace lies.
func homeOf(path fieldpath.Path) home {
	if len(path) == 0 || path[0].FieldName == nil {
		return home{kind: Storage}
	}
	if *path[0].FieldName == "metadata" {
		return home{kind: Storage, path: storageMetadata(path)}
	}
	if len(path) == 2 && isField(path[1], "environment") {
		return home{kind: Storage, path: metadataPathTo("annotations", StorageEnvironmentAnnotation)}
	}
	b, rest := servedTree.find(path)
	switch {
	case b == nil:
		return home{kind: Storage}
	case len(b.rows) == 0:
		return home{kind: b.kind}
	}
	h := home{kind: b.rows[0].Kind}
	if list := atomicOf(b.rows[0].Field); list != "" {
		return list.home(b, rest)
	}
	h.path = inPart(b, nil, rest)
	return h
}

// inPart answers the place in the part behind the rows of a branch.
func inPart(b *branch, base, rest fieldpath.Path) fieldpath.Path {
	row := b.rows[0]
	switch row.Shape {
	case Items, Entries:
		if len(rest) == 0 || rest[0].Key == nil {
			return nil
		}
		item := extend(extend(base, row.part...), row.partItem(rest[0]))
		if len(rest) == 1 {
			return item
		}
		below, rest := b.items.find(rest[1:])
		if below == nil || len(below.rows) == 0 {
			return nil
		}
		return inPart(below, item, rest)
	}
	if len(base) == 0 {
		return row.part
	}
	return extend(base, row.part...)
}

// servedAt answers the paths of the Workspace that a place in a part is, and the atomic list if it is one.
func servedAt(kind Kind, path fieldpath.Path) ([]fieldpath.Path, atomicList) {
	if len(path) == 0 || path[0].FieldName == nil {
		return nil, ""
	}
	if *path[0].FieldName == "metadata" {
		return servedMetadata(kind, path), ""
	}
	b, rest := partTrees[kind].find(path)
	switch {
	case b == nil:
		return nil, ""
	case len(b.rows) > 0:
		if list := atomicOf(b.rows[0].Field); list != "" && b.rows[0].Shape != Entries {
			return nil, list
		}
		return inWorkspace(b, nil, rest), ""
	case b.served != nil:
		return []fieldpath.Path{b.served}, ""
	}
	return nil, ""
}

// inWorkspace answers the paths in the Workspace behind the rows of a branch.
func inWorkspace(b *branch, base, rest fieldpath.Path) []fieldpath.Path {
	row := b.rows[0]
	path := row.workspace
	if len(base) > 0 {
		path = extend(base, path...)
	}
	if row.Shape != Items && row.Shape != Entries {
		return []fieldpath.Path{path}
	}
	// What users are beyond being one does not make them members.
	beside := atomicOf(row.Field) != ""
	if len(rest) == 0 {
		if beside {
			return nil
		}
		return []fieldpath.Path{path}
	}
	step, ok := row.servedItem(rest[0])
	if !ok {
		return nil
	}
	item := extend(path, step)
	if len(rest) == 1 {
		switch {
		case beside:
			return nil
		case row.Shape == Entries:
			return []fieldpath.Path{item, extend(item, fieldpath.FieldNameElement(row.Keys[0]))}
		}
		return []fieldpath.Path{item}
	}
	below, rest := b.items.find(rest[1:])
	if below == nil || len(below.rows) == 0 {
		return nil
	}
	return inWorkspace(below, item, rest)
}

// partItem translates the step into an item.
func (f *Field) partItem(step fieldpath.PathElement) fieldpath.PathElement {
	if f.Shape == Entries {
		return fieldpath.FieldNameElement(keyOf(step))
	}
	return renamed(step, func(of *Field) (string, string) { return of.Workspace, of.Part }, f.Fields)
}

// servedItem translates the step into an item back.
func (f *Field) servedItem(step fieldpath.PathElement) (fieldpath.PathElement, bool) {
	if f.Shape == Entries {
		if step.FieldName == nil {
			return step, false
		}
		return fieldpath.KeyElementByFields(f.Keys[0], *step.FieldName), true
	}
	return renamed(step, func(of *Field) (string, string) { return of.Part, of.Workspace }, f.Fields), step.Key != nil
}

func renamed(step fieldpath.PathElement, names func(*Field) (string, string), rows []Field) fieldpath.PathElement {
	if step.Key == nil {
		return step
	}
	keys := make(value.FieldList, 0, len(*step.Key))
	for _, key := range *step.Key {
		for i := range rows {
			if from, to := names(&rows[i]); from == key.Name {
				keys = append(keys, value.Field{Name: to, Value: key.Value})
				break
			}
		}
	}
	keys.Sort()
	return fieldpath.PathElement{Key: &keys}
}

// keyOf is the one key of a step into an item.
func keyOf(step fieldpath.PathElement) string {
	if step.Key == nil || len(*step.Key) == 0 || !(*step.Key)[0].Value.IsString() {
		return ""
	}
	return (*step.Key)[0].Value.AsString()
}

func isField(step fieldpath.PathElement, name string) bool {
	return step.FieldName != nil && *step.FieldName == name
}
