package compose

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Neighbouring edits of the items of one list are made together, with an index of the list: one after the other they would
// take the square of the time, and lists have ten thousand items.

// shape is what all steps into one list have in common: the names of the key fields, in order, of which a list of strings
// has none.
type shape string

func (s Step) shape() shape {
	return shape(strings.Join(slices.Sorted(maps.Keys(s.Item)), ","))
}

// key is the step's among those of its shape.
func (s Step) key() string {
	if s.Element != nil {
		return *s.Element
	}
	key, _ := joined(slices.Sorted(maps.Keys(s.Item)), func(name string) (string, bool) {
		value, ok := s.Item[name]
		return value, ok
	})
	return key
}

// keyOf is the key of the step that leads to an element, and false if none of this shape does.
func (s shape) keyOf(element any) (string, bool) {
	if s == "" {
		text, ok := element.(string)
		return text, ok
	}
	item, _ := element.(map[string]any)
	return joined(strings.Split(string(s), ","), func(name string) (string, bool) {
		text, ok := item[name].(string)
		return text, ok
	})
}

// joined is one text for several, a different one for different ones.
func joined(names []string, value func(string) (string, bool)) (string, bool) {
	var key strings.Builder
	for _, name := range names {
		text, ok := value(name)
		if !ok {
			return "", false
		}
		if len(names) == 1 {
			return text, true
		}
		key.WriteString(strconv.Itoa(len(text)))
		key.WriteByte(':')
		key.WriteString(text)
	}
	return key.String(), true
}

// index says where each key is first in a list.
func (s shape) index(list []any) map[string]int {
	index := make(map[string]int, len(list))
	for i, element := range list {
		key, ok := s.keyOf(element)
		if _, known := index[key]; ok && !known {
			index[key] = i
		}
	}
	return index
}

// find answers the items of a list by their keys.
func (s shape) find(list any) map[string]map[string]any {
	all, _ := list.([]any)
	items := make(map[string]map[string]any, len(all))
	for _, element := range all {
		item, _ := element.(map[string]any)
		if key, ok := s.keyOf(element); ok && items[key] == nil {
			items[key] = item
		}
	}
	return items
}

// places says where each key is in a list.
func (s shape) places(list []any) map[string][]int {
	places := make(map[string][]int, len(list))
	for i, element := range list {
		if key, ok := s.keyOf(element); ok {
			places[key] = append(places[key], i)
		}
	}
	return places
}

// keys are those of the steps.
func (p Path) keys() map[string]bool {
	keys := make(map[string]bool, len(p))
	for _, step := range p {
		keys[step.key()] = true
	}
	return keys
}

// run answers the first edits that are made together, and the number of steps that lead to their list.
func (e Edits) run() (Edits, int) {
	first := e[0]
	depth := slices.IndexFunc(first.Path, Step.inList)
	if depth < 0 || !first.joins(depth) {
		return e[:1], 0
	}
	shape, n := first.Path[depth].shape(), 1
	for n < len(e) && e[n].joins(depth) && e[n].removesItem(depth) == first.removesItem(depth) &&
		slices.EqualFunc(e[n].Path[:depth], first.Path[:depth], Step.equal) && e[n].Path[depth].shape() == shape {
		n++
	}
	return e[:n], depth
}

// joins says whether the edit concerns one item of the list that depth steps lead to, and leaves the others alone.
func (e Edit) joins(depth int) bool {
	if len(e.Path) <= depth || !e.Path[depth].inList() {
		return false
	}
	whole := len(e.Path) == depth+1
	return !whole || e.Op == OpSet || e.Op == OpRemove
}

func (e Edit) removesItem(depth int) bool { return e.Op == OpRemove && len(e.Path) == depth+1 }

func (e Edit) creates() bool {
	return e.Op == OpSet || e.Op == OpList || e.Op == OpFirst || e.Op == OpRecords
}

// inList makes edits of the items of one list.
func (e Edits) inList(value any, depth int) any {
	prefix, shape := e[0].Path[:depth], e[0].Path[depth].shape()
	if e[0].removesItem(depth) {
		gone := e.items(depth).keys()
		return update(value, prefix, false, func(value any) any {
			list, ok := value.([]any)
			if !ok {
				return value
			}
			return slices.DeleteFunc(list, func(element any) bool {
				key, ok := shape.keyOf(element)
				return ok && gone[key]
			})
		})
	}
	creates := slices.ContainsFunc(e, Edit.creates)
	return update(value, prefix, creates, func(value any) any {
		list, ok := value.([]any)
		if !ok && !creates {
			return value
		}
		index := shape.index(list)
		for _, of := range e.byItem(depth) {
			if i, found := index[of.step.key()]; found {
				list[i] = of.edits.on(list[i])
			} else if slices.ContainsFunc(of.edits, Edit.creates) {
				list = append(list, of.edits.on(of.step.fresh()))
			}
		}
		return list
	})
}

// inverseInList is what inverse is, for edits of the items of one list.
func (e Edits) inverseInList(value any, depth int) (Edits, any) {
	prefix, shape := e[0].Path[:depth], e[0].Path[depth].shape()
	list, ok := lookup(value, prefix).([]any)
	if !ok {
		back := e[0].invert(value)
		rest, value := e[1:].inverse(e[0].on(value))
		return append(rest, back...), value
	}
	index := shape.index(list)
	var back Edits
	if e[0].removesItem(depth) {
		for _, step := range e.items(depth) {
			if i, found := index[step.key()]; found {
				back = append(back, Edit{Op: OpSet, Path: prefix.with(step), Value: runtime.DeepCopyJSONValue(list[i])})
			}
		}
		if len(back) > 0 {
			back = append(back, Edit{Op: OpOrder, Path: prefix.with(), Order: names(list, e[0].Path[depth])})
		}
		return back, e.inList(value, depth)
	}
	for _, of := range e.byItem(depth) {
		i, found := index[of.step.key()]
		if !found {
			if slices.ContainsFunc(of.edits, Edit.creates) {
				back = append(back, Edit{Op: OpRemove, Path: prefix.with(of.step)})
				list = append(list, of.edits.on(of.step.fresh()))
			}
			continue
		}
		var inner Edits
		inner, list[i] = of.edits.inverse(list[i])
		for _, edit := range inner {
			edit.Path = prefix.with(of.step).with(edit.Path...)
			back = append(back, edit)
		}
	}
	return back, update(value, prefix, false, func(any) any { return list })
}

// items are the steps of the edits into the list.
func (e Edits) items(depth int) Path {
	steps := make(Path, len(e))
	for i := range e {
		steps[i] = e[i].Path[depth]
	}
	return steps
}

// ofItem are the edits of one item, with paths that begin at it.
type ofItem struct {
	step  Step
	edits Edits
}

// byItem sorts edits by the items that they concern, in the order in which these are first named.
func (e Edits) byItem(depth int) []*ofItem {
	var all []*ofItem
	known := make(map[string]*ofItem, len(e))
	for _, edit := range e {
		step := edit.Path[depth]
		of := known[step.key()]
		if of == nil {
			of = &ofItem{step: step}
			known[step.key()] = of
			all = append(all, of)
		}
		edit.Path = edit.Path[depth+1:]
		of.edits = append(of.edits, edit)
	}
	return all
}
