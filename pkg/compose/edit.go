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
	if err := e.check(); err != nil {
		return err
	}
	e.on(raw)
	return nil
}

// check fails for edits that cannot be made on any part.
func (e Edits) check() error {
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
	return nil
}

// on answers what the edits make of a value, from which their paths begin.
func (e Edits) on(value any) any {
	for len(e) > 0 {
		run, depth := e.run()
		if len(run) > 1 {
			value = run.inList(value, depth)
		} else {
			value = run[0].on(value)
		}
		e = e[len(run):]
	}
	return value
}

// Touches says whether an edit changes something below the field of the object, such as "spec".
func (e Edits) Touches(field string) bool {
	return slices.ContainsFunc(e, func(edit Edit) bool { return len(edit.Path) > 0 && edit.Path[0].Field == field })
}

func (e Edit) on(value any) any {
	switch e.Op {
	case OpSet:
		return update(value, e.Path, true, func(value any) any { return merge(value, e.Value) })
	case OpList:
		return update(value, e.Path, true, func(value any) any {
			if _, ok := value.([]any); ok {
				return value
			}
			return []any{}
		})
	case OpOrder:
		return update(value, e.Path, false, func(value any) any { return order(value, e.Order) })
	case OpRecords:
		return update(value, e.Path, true, func(value any) any { return records(value, e.Was, e.Value) })
	case OpOwn:
		if part, ok := value.(map[string]any); ok {
			applyMoves(part, e.Value)
		}
		return value
	}
	parent, last := e.Path[:len(e.Path)-1], e.Path[len(e.Path)-1]
	switch e.Op {
	case OpRemove:
		return update(value, parent, false, func(container any) any { return without(container, last) })
	case OpTrim:
		return update(value, parent, false, func(container any) any {
			if !empty(lookup(container, Path{last})) {
				return container
			}
			return without(container, last)
		})
	case OpFirst:
		return update(value, parent, true, func(container any) any { return first(container, last) })
	}
	return value
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
	places := map[shape]map[string][]int{}
	for _, step := range names {
		shape := step.shape()
		if places[shape] == nil {
			places[shape] = shape.places(list)
		}
		left := places[shape][step.key()]
		for len(left) > 0 && taken[left[0]] {
			left = left[1:]
		}
		if len(left) > 0 {
			taken[left[0]] = true
			ordered = append(ordered, list[left[0]])
		}
	}
	for i := range list {
		if taken[i] {
			list[i], ordered = ordered[0], ordered[1:]
		}
	}
	return list
}
