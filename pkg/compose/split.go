package compose

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Split answers how the parts change when old becomes new, or what they are when new is created and old is nil. A part
// whose edits are empty stays untouched. A Workspace that has no Datalab yet gets one exactly when there are edits for it. Who owns the
// fields is Ownership's to say.
func Split(old, new *eoepca.Workspace) (storage, datalab Edits, err error) {
	before, err := served(old)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the spec that the workspace has: %w", err)
	}
	after, err := served(new)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the spec that the workspace shall have: %w", err)
	}
	storage = splitSpec(before, after, Storage, old == nil)
	if slices.ContainsFunc(storage, ofSharing) {
		storage = append(storage, discoverable(new))
	}
	storage = append(storage, splitEnvironment(old, new, StorageEnvironmentAnnotation, old == nil)...)
	storage = append(storage, splitMeta(old, new)...)

	datalab = splitSpec(before, after, Datalab, old == nil)
	makes := len(datalab) > 0 && !hasDatalab(old)
	if makes {
		datalab = append(Edits{{Op: OpList, Path: fields("spec", "users")}}, datalab...)
	}
	storage = append(storage, splitHold(old, new, makes)...)
	if makes || hasDatalab(old) {
		datalab = append(datalab, splitEnvironment(old, new, DatalabEnvironmentAnnotation, makes)...)
	}
	return storage, datalab, nil
}

// ofSharing is for what has no effect without the label: one that is missing on a pair which others made is set with it.
func ofSharing(e Edit) bool {
	return len(e.Path) > 1 && (e.Path[1].Field == "buckets" || e.Path[1].Field == "bucketAccessGrants")
}

func hasDatalab(ws *eoepca.Workspace) bool {
	return ws != nil && slices.ContainsFunc(ws.Status.Parts, func(part eoepca.Part) bool {
		return part.Kind == string(Datalab) && part.UID != ""
	})
}

func splitSpec(before, after map[string]any, kind Kind, create bool) Edits {
	from := map[string]any{}
	if !create {
		from = project(before, kind)
	}
	to := project(after, kind)
	var edits Edits
	for _, field := range Table {
		if field.Kind == kind {
			edits = append(edits, field.split(from, to, nil)...)
		}
	}
	return edits
}

// split answers the edits that turn the field of one projection into that of another.
func (f Field) split(before, after map[string]any, base Path) Edits {
	if f.Part == "" {
		return nil
	}
	local := dotted(f.Part)
	old, new := lookup(before, local), lookup(after, local)
	if equality.Semantic.DeepEqual(old, new) {
		return nil
	}
	path := base.with(local...)
	switch f.Shape {
	case Items:
		return f.splitItems(old, new, path)
	case Entries:
		return f.splitEntries(old, new, path)
	case First:
		return splitNames(old, new, path, true)
	case Rest:
		return nil // the row of the first element compares the whole list
	case Records:
		return Edits{{Op: OpRecords, Path: path, Was: old, Value: new}}
	}
	if new == nil {
		return append(Edits{{Op: OpRemove, Path: path}}, trim(after, local, path)...)
	}
	return Edits{{Op: OpSet, Path: path, Value: new}}
}

// trim takes an object along with the last of its fields: an empty one is filled with the part's defaults.
func trim(after map[string]any, local, path Path) Edits {
	if len(local) > 2 && lookup(after, local[:len(local)-1]) == nil { // an item's, or the spec's, stays
		return Edits{{Op: OpTrim, Path: path[:len(path)-1]}}
	}
	return nil
}

func (f Field) splitItems(old, new any, path Path) Edits {
	before, after := f.steps(old), f.steps(new)
	var edits Edits
	if f.Required && old == nil {
		edits = Edits{{Op: OpList, Path: path}}
	}
	was, is := before.keys(), after.keys()
	for _, step := range before {
		if !is[step.key()] {
			edits = append(edits, Edit{Op: OpRemove, Path: path.with(step)})
		}
	}
	shape := f.step().shape()
	there, items := shape.find(old), shape.find(new)
	for _, step := range after {
		key := step.key()
		if !was[key] {
			edits = append(edits, Edit{Op: OpSet, Path: path.with(step), Value: items[key]})
			continue
		}
		edits = append(edits, f.splitItem(there[key], items[key], path.with(step))...)
	}
	return append(edits, reorder(before, after, path)...)
}

func (f Field) splitEntries(old, new any, path Path) Edits {
	before, _ := old.(map[string]any)
	after, _ := new.(map[string]any)
	var edits Edits
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if _, kept := after[key]; !kept {
			edits = append(edits, Edit{Op: OpRemove, Path: path.with(Step{Field: key})})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		entry, _ := after[key].(map[string]any)
		was, found := before[key].(map[string]any)
		if !found {
			edits = append(edits, Edit{Op: OpSet, Path: path.with(Step{Field: key}), Value: entry})
			continue
		}
		edits = append(edits, f.splitItem(was, entry, path.with(Step{Field: key}))...)
	}
	return edits
}

func (f Field) splitItem(old, new map[string]any, path Path) Edits {
	var edits Edits
	for _, field := range f.Fields {
		edits = append(edits, field.split(old, new, path)...)
	}
	return edits
}

// splitNames turns one list of strings into another. headed is for those whose first element has a meaning of its own.
func splitNames(old, new any, path Path, headed bool) Edits {
	before, after := elements(old), elements(new)
	was, is := before.keys(), after.keys()
	var edits Edits
	for _, step := range before {
		if !is[step.key()] {
			edits = append(edits, Edit{Op: OpRemove, Path: path.with(step)})
		}
	}
	if headed && len(after) > 0 && (len(before) == 0 || !before[0].equal(after[0])) {
		edits = append(edits, Edit{Op: OpFirst, Path: path.with(after[0])})
		before = append(Path{after[0]}, slices.DeleteFunc(before, after[0].equal)...)
		was[after[0].key()] = true
	}
	for _, step := range after {
		if !was[step.key()] {
			edits = append(edits, Edit{Op: OpSet, Path: path.with(step), Value: *step.Element})
		}
	}
	if headed && len(after) > 0 {
		before, after = before[1:], after[1:]
	}
	return append(edits, reorder(before, after, path)...)
}

// reorder answers the edit for what is left to do when elements have been removed and others appended.
func reorder(before, after, path Path) Edits {
	was, is := before.keys(), after.keys()
	have := make(Path, 0, len(after))
	for _, step := range before {
		if is[step.key()] {
			have = append(have, step)
		}
	}
	for _, step := range after {
		if !was[step.key()] {
			have = append(have, step)
		}
	}
	if slices.EqualFunc(have, after, Step.equal) {
		return nil
	}
	return Edits{{Op: OpOrder, Path: path, Order: after}}
}

// steps answers the steps into the items of a projected list.
func (f Field) steps(list any) Path { return names(list, f.step()) }

// step is one into the list, of which only the keys' names count.
func (f Field) step() Step {
	keys := make(map[string]string, len(f.Keys))
	for _, key := range f.partKeys() {
		keys[key] = ""
	}
	return Step{Item: keys}
}

func elements(list any) Path { return names(list, Step{}) }
