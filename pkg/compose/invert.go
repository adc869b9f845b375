package compose

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime"
)

// Invert answers the edits that take an object back to what it was before e was applied to it, touching only what e
// touches: what others have changed since then stays. before is not changed.
func (e Edits) Invert(before map[string]any) Edits {
	inverse, _ := e.inverse(runtime.DeepCopyJSON(before))
	return inverse
}

// inverse answers the edits that take a value back, and what e makes of it.
func (e Edits) inverse(value any) (Edits, any) {
	var inverse []Edits
	for len(e) > 0 {
		var back Edits
		run, depth := e.run()
		if len(run) > 1 {
			back, value = run.inverseInList(value, depth)
		} else {
			back, value = run[0].invert(value), run[0].on(value)
		}
		inverse = append(inverse, back)
		e = e[len(run):]
	}
	slices.Reverse(inverse)
	return slices.Concat(inverse...), value
}

func (e Edit) invert(before any) Edits {
	if e.Op == OpSet {
		return invertSet(before, e.Path, e.Value)
	}
	parent, last := e.Path[:len(e.Path)-1], e.Path[len(e.Path)-1]
	switch e.Op {
	case OpRemove, OpTrim:
		value := lookup(before, e.Path)
		if value == nil || (e.Op == OpTrim && !empty(value)) {
			return nil
		}
		back := Edits{{Op: OpSet, Path: e.Path, Value: runtime.DeepCopyJSONValue(value)}}
		if last.inList() {
			back = append(back, Edit{Op: OpOrder, Path: parent, Order: names(lookup(before, parent), last)})
		}
		return back
	case OpList:
		if _, ok := lookup(before, e.Path).([]any); ok {
			return nil
		}
		return invertSet(before, e.Path, nil)
	case OpFirst:
		if lookup(before, e.Path) == nil {
			return invertSet(before, e.Path, last.fresh())
		}
		return Edits{{Op: OpOrder, Path: parent, Order: names(lookup(before, parent), last)}}
	case OpOrder:
		var was Path
		list, named := lookup(before, e.Path), e.Order.keys()
		for _, step := range names(list, e.Order.like()) {
			if named[step.key()] {
				was = append(was, step)
			}
		}
		return Edits{{Op: OpOrder, Path: e.Path, Order: was}}
	case OpRecords:
		return e.invertRecords(before)
	}
	return nil
}

// invertRecords goes back to all that the list held, and not only to what the edit knew of it.
func (e Edit) invertRecords(before any) Edits {
	there := lookup(before, e.Path)
	if there == nil {
		there = []any{}
	}
	after := records(runtime.DeepCopyJSONValue(there), e.Was, e.Value)
	back := Edits{{Op: OpRecords, Path: e.Path, Was: after, Value: runtime.DeepCopyJSONValue(there)}}
	if lookup(before, e.Path) == nil {
		back = append(back, Edit{Op: OpTrim, Path: e.Path})
	}
	return back
}

// invertSet undoes what setting a value at path does to an object: it made the containers on the way that were missing, and
// changed the value at its end.
func invertSet(before any, path Path, value any) Edits {
	for i := 1; i <= len(path); i++ {
		there := lookup(before, path[:i])
		switch {
		case there == nil:
			return removal(path, i-1)
		case i < len(path) && !holds(there, path[i]):
			return Edits{{Op: OpSet, Path: path[:i], Value: runtime.DeepCopyJSONValue(there)}}
		}
	}
	old := lookup(before, path)
	return Edits{{Op: OpSet, Path: path, Value: unmerge(old, value)}}
}

// removal removes what lies at path, and those containers from the step at missing on that are empty then.
func removal(path Path, missing int) Edits {
	end := len(path)
	for i := missing; i < len(path); i++ {
		if path[i].inList() {
			end = i + 1
			break
		}
	}
	back := Edits{{Op: OpRemove, Path: path[:end]}}
	for i := end - 1; i > missing; i-- {
		back = append(back, Edit{Op: OpTrim, Path: path[:i]})
	}
	return back
}

func holds(container any, step Step) bool {
	if step.inList() {
		_, ok := container.([]any)
		return ok
	}
	_, ok := container.(map[string]any)
	return ok
}

// unmerge answers the change that takes a value back after another change was merged into it.
func unmerge(before, change any) any {
	changes, ok := change.(map[string]any)
	object, wasObject := before.(map[string]any)
	if !ok || !wasObject {
		return runtime.DeepCopyJSONValue(before)
	}
	back := make(map[string]any, len(changes))
	for key, child := range changes {
		back[key] = unmerge(object[key], child)
	}
	return back
}

// like is any of the steps, which have one shape.
func (p Path) like() Step {
	if len(p) == 0 {
		return Step{}
	}
	return p[0]
}

// names answers the steps that lead to the elements of a list, in its order, in the manner of a step into it.
func names(list any, like Step) Path {
	items, _ := list.([]any)
	path := make(Path, 0, len(items))
	for _, item := range items {
		step := Step{}
		switch item := item.(type) {
		case string:
			step.Element = &item
		case map[string]any:
			step.Item = map[string]string{}
			for key := range like.Item {
				if value, ok := item[key].(string); ok {
					step.Item[key] = value
				}
			}
		}
		if step.inList() && step.matches(item) && len(step.Item) == len(like.Item) {
			path = append(path, step)
		}
	}
	return path
}
