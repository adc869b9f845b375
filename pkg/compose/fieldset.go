package compose

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// sift answers those paths of a set for which the values that they lead to in two objects fit. What is missing is nil.
func sift(set *fieldpath.Set, a, b any, fit func(a, b any) bool) *fieldpath.Set {
	result := fieldpath.NewSet()
	left, right := holder{value: a}, holder{value: b}
	for step := range set.Members.All() {
		if fit(left.at(step), right.at(step)) {
			result.Members.Insert(step)
		}
	}
	for step := range set.Children.All() {
		below, _ := set.Children.Get(step)
		if picked := sift(below, left.at(step), right.at(step), fit); !picked.Empty() {
			*result.Children.Descend(step) = *picked
		}
	}
	return result
}

// some says whether a path of a set fits. The set's own iterator cannot be left early.
func some(set *fieldpath.Set, fit func(fieldpath.Path) bool) bool {
	found := false
	set.Iterate(func(path fieldpath.Path) { found = found || fit(path) })
	return found
}

// present answers those paths of a set that lead somewhere in an object.
func present(set *fieldpath.Set, object any) *fieldpath.Set {
	return sift(set, object, nil, func(value, _ any) bool { return value != nil })
}

// differs says whether a field has another value; of an object, which only holds fields, whether it is there.
func differs(a, b any) bool {
	if _, ok := a.(map[string]any); ok {
		_, ok := b.(map[string]any)
		return !ok
	}
	return !equality.Semantic.DeepEqual(a, b)
}

// holder finds what steps of field paths lead to in a value, and remembers where the items of a list are.
type holder struct {
	value any
	index map[string]any
}

func (h *holder) at(step fieldpath.PathElement) any {
	switch {
	case step.FieldName != nil:
		object, _ := h.value.(map[string]any)
		return object[*step.FieldName]
	case step.Key != nil:
		return h.item(step)
	case step.Value != nil:
		list, _ := h.value.([]any)
		want := (*step.Value).Unstructured()
		for _, value := range list {
			if value == want {
				return value
			}
		}
	}
	return nil
}

func (h *holder) item(step fieldpath.PathElement) any {
	list, ok := h.value.([]any)
	if !ok {
		return nil
	}
	if h.index == nil {
		h.index = make(map[string]any, len(list))
		for _, value := range list {
			item, _ := value.(map[string]any)
			var key strings.Builder
			for _, field := range *step.Key {
				fmt.Fprintf(&key, "%s=%v\x00", field.Name, item[field.Name])
			}
			if _, again := h.index[key.String()]; !again {
				h.index[key.String()] = value
			}
		}
	}
	var key strings.Builder
	for _, field := range *step.Key {
		fmt.Fprintf(&key, "%s=%v\x00", field.Name, field.Value.Unstructured())
	}
	return h.index[key.String()]
}

// valueAt answers what a path leads to in an object, or nil.
func valueAt(object any, path fieldpath.Path) any {
	for _, step := range path {
		h := holder{value: object}
		object = h.at(step)
	}
	return object
}
