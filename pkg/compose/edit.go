package compose

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
)

// Op is what an Edit does.
type Op string

const (
	// OpSet makes the value at Path what Value says. Maps are merged, and a null in one removes a field, so that what we
	// do not know of survives. What is missing on the way is made.
	OpSet Op = "set"
	// OpRemove removes what Path leads to: of a list, every element that matches.
	OpRemove Op = "remove"
	// OpTrim removes what Path leads to if it is empty.
	OpTrim Op = "trim"
	// OpList makes an empty list at Path if there is none.
	OpList Op = "list"
	// OpFirst makes the element that Path leads to the first one of its list.
	OpFirst Op = "first"
	// OpOrder brings those elements of the list at Path that Order names into its order. Others keep their places.
	OpOrder Op = "order"
	// OpRecords turns the list at Path, which has no keys, from Was into Value.
	OpRecords Op = "records"
	// OpOwn moves fields among the managers of the part.
	OpOwn Op = "own"
)

// Edit changes one place of a part.
type Edit struct {
	Op    Op   `json:"op"`
	Path  Path `json:"path"`
	Value any  `json:"value,omitempty"`
	Was   any  `json:"was,omitempty"`
	Order Path `json:"order,omitempty"`
}

// Edits are changes of a part, fine enough that those of different fields and items can be made one after the other,
// each computed without knowing of the other.
type Edits []Edit

// Apply makes the edits on the content of a part, in place. Fields that no edit names stay as they are. On an error
// nothing has changed.
func (e Edits) Apply(raw map[string]any) error {
	for _, edit := range e {
		switch edit.Op {
		case OpSet, OpRemove, OpTrim, OpList, OpFirst, OpOrder, OpRecords, OpOwn:
		default:
			return fmt.Errorf("unknown edit %q: was it made by a newer version of this server?", edit.Op)
		}
		if len(edit.Path) == 0 || edit.Path[0].inList() {
			return fmt.Errorf("edit %q leads nowhere: its path must start with a field", edit.Op)
		}
	}
	for _, edit := range e {
		edit.apply(raw)
	}
	return nil
}

// Touches says whether an edit changes something below the field of the object, such as "spec".
func (e Edits) Touches(field string) bool {
	return slices.ContainsFunc(e, func(edit Edit) bool { return len(edit.Path) > 0 && edit.Path[0].Field == field })
}

func (e Edit) apply(raw map[string]any) {
	parent, last := e.Path[:len(e.Path)-1], e.Path[len(e.Path)-1]
	switch e.Op {
	case OpSet:
		update(raw, e.Path, true, func(value any) any { return merge(value, e.Value) })
	case OpRemove:
		update(raw, parent, false, func(container any) any { return without(container, last) })
	case OpTrim:
		update(raw, parent, false, func(container any) any {
			if !empty(lookup(container, Path{last})) {
				return container
			}
			return without(container, last)
		})
	case OpList:
		update(raw, e.Path, true, func(value any) any {
			if _, ok := value.([]any); ok {
				return value
			}
			return []any{}
		})
	case OpFirst:
		update(raw, parent, true, func(container any) any { return first(container, last) })
	case OpOrder:
		update(raw, e.Path, false, func(value any) any { return order(value, e.Order) })
	case OpRecords:
		update(raw, e.Path, true, func(value any) any { return records(value, e.Was, e.Value) })
	case OpOwn:
		applyMoves(raw, e.Value)
	}
}

// lookup answers the value that a path leads to, or nil.
func lookup(value any, path Path) any {
	for _, step := range path {
		if step.inList() {
			list, _ := value.([]any)
			i := slices.IndexFunc(list, step.matches)
			if i < 0 {
				return nil
			}
			value = list[i]
			continue
		}
		object, _ := value.(map[string]any)
		value = object[step.Field]
	}
	return value
}

// update replaces what the path leads to by what change makes of it, and answers what value has become. A value of the
// wrong type on the way counts as missing: if create is set, it is made anew.
func update(value any, path Path, create bool, change func(any) any) any {
	if len(path) == 0 {
		return change(value)
	}
	step, rest := path[0], path[1:]
	if step.inList() {
		list, _ := value.([]any)
		i := slices.IndexFunc(list, step.matches)
		switch {
		case i >= 0:
			list[i] = update(list[i], rest, create, change)
			return list
		case create:
			return append(list, update(step.fresh(), rest, create, change))
		}
		return value
	}
	object, ok := value.(map[string]any)
	if !ok {
		if !create {
			return value
		}
		object = map[string]any{}
	}
	child, found := object[step.Field]
	if found || create {
		object[step.Field] = update(child, rest, create, change)
	}
	return object
}

// merge answers what becomes of a value when a change is merged into it, as RFC 7386 has it.
func merge(value, change any) any {
	changes, ok := change.(map[string]any)
	if !ok {
		return runtime.DeepCopyJSONValue(change)
	}
	object, ok := value.(map[string]any)
	if !ok {
		object = make(map[string]any, len(changes))
	}
	for key, child := range changes {
		if child == nil {
			delete(object, key)
			continue
		}
		object[key] = merge(object[key], child)
	}
	return object
}

func without(container any, step Step) any {
	if step.inList() {
		if list, ok := container.([]any); ok {
			return slices.DeleteFunc(list, step.matches)
		}
		return container
	}
	if object, ok := container.(map[string]any); ok {
		delete(object, step.Field)
	}
	return container
}

func empty(value any) bool {
	switch value := value.(type) {
	case map[string]any:
		return len(value) == 0
	case []any:
		return len(value) == 0
	}
	return false
}

func first(container any, step Step) any {
	list, _ := container.([]any)
	head := step.fresh()
	if i := slices.IndexFunc(list, step.matches); i >= 0 {
		head = list[i]
		list = slices.Delete(list, i, i+1)
	}
	return slices.Insert(list, 0, head)
}

// order lets the named elements swap places among themselves.
func order(value any, names Path) any {
	list, ok := value.([]any)
	if !ok {
		return value
	}
	taken := make([]bool, len(list))
	ordered := make([]any, 0, len(names))
	for _, step := range names {
		for i, item := range list {
			if !taken[i] && step.matches(item) {
				taken[i] = true
				ordered = append(ordered, item)
				break
			}
		}
	}
	for i := range list {
		if taken[i] {
			list[i], ordered = ordered[0], ordered[1:]
		}
	}
	return list
}
