package compose

import (
	"encoding/json"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
)

// records turns a list without keys from was into want, where the list may hold more than was says: fields of its
// items that we do not know, and items that came in the meantime. Both survive.
func records(value, was, want any) any {
	list, _ := value.([]any)
	before, _ := was.([]any)
	after, _ := want.([]any)

	raw := assign(before, list)
	if len(list) == len(before) {
		claimPlaces(raw, func(i int) bool { return pathOf(list[i]) == pathOf(before[i]) })
	}
	origin := pair(before, after)

	claimed := make([]bool, len(list))
	for _, j := range raw {
		if j >= 0 {
			claimed[j] = true
		}
	}
	result := make([]any, 0, len(after))
	for k, item := range after {
		i := origin[k]
		switch {
		case i < 0:
			result = append(result, runtime.DeepCopyJSONValue(item))
		case raw[i] >= 0:
			result = append(result, merge(list[raw[i]], difference(before[i], item)))
		case !equality.Semantic.DeepEqual(before[i], item):
			result = append(result, runtime.DeepCopyJSONValue(item))
		}
	}
	for j, item := range list {
		if !claimed[j] {
			result = append(result, item)
		}
	}
	return result
}

// pair answers for each item of after the one of before that it was, or -1: an equal one, else one of the same path, else
// the one at the same place.
func pair(before, after []any) []int {
	origin := make([]int, len(after))
	for k := range origin {
		origin[k] = -1
	}
	used := make([]bool, len(before))
	for _, alike := range []func(item any) string{encoded, pathOf} {
		places := map[string][]int{}
		for i, item := range before {
			if !used[i] {
				places[alike(item)] = append(places[alike(item)], i)
			}
		}
		for k, item := range after {
			if left := places[alike(item)]; origin[k] < 0 && len(left) > 0 {
				origin[k], used[left[0]] = left[0], true
				places[alike(item)] = left[1:]
			}
		}
	}
	for k := range min(len(after), len(before)) {
		if origin[k] < 0 && !used[k] {
			origin[k], used[k] = k, true
		}
	}
	return origin
}

// encoded is a record as text, the same for equal ones.
func encoded(record any) string {
	text, err := json.Marshal(record)
	if err != nil {
		return "" // it came as JSON: it cannot fail to become JSON
	}
	return string(text)
}

func pathOf(record any) string {
	object, _ := record.(map[string]any)
	path, _ := object["path"].(string)
	return path
}

// assign finds for each of the items one of the places that covers it, each place once, preferring its own. An item that says
// its path is looked for among those of that path.
func assign(items, places []any) []int {
	found := make([]int, len(items))
	used := make([]bool, len(places))
	byPath := map[string][]int{}
	var all []int
	for j, place := range places {
		all = append(all, j)
		byPath[pathOf(place)] = append(byPath[pathOf(place)], j)
	}
	for i, item := range items {
		found[i] = -1
		if i < len(places) && covers(places[i], item) {
			found[i], used[i] = i, true
		}
	}
	for i, item := range items {
		if found[i] >= 0 {
			continue
		}
		candidates := all
		if path := pathOf(item); path != "" {
			candidates = byPath[path]
		}
		for _, j := range candidates {
			if !used[j] && covers(places[j], item) {
				found[i], used[j] = j, true
				break
			}
		}
	}
	return found
}

// claimPlaces gives items that were found nowhere their own place, if it is free and fits: the item there has changed, or
// some of it could not be read.
func claimPlaces(places []int, fits func(i int) bool) {
	taken := make(map[int]bool, len(places))
	for _, place := range places {
		taken[place] = true
	}
	for i, place := range places {
		if place < 0 && !taken[i] && fits(i) {
			places[i] = i
		}
	}
}

// covers says whether everything in want is in value. An item of which nothing could be read asks for nothing.
func covers(value, want any) bool {
	wanted, ok := want.(map[string]any)
	if !ok {
		return equality.Semantic.DeepEqual(value, want)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return len(wanted) == 0
	}
	for key, child := range wanted {
		if !covers(object[key], child) {
			return false
		}
	}
	return true
}

// difference answers the merge that turns before into after.
func difference(before, after any) any {
	old, wasObject := before.(map[string]any)
	object, ok := after.(map[string]any)
	if !ok || !wasObject {
		return after
	}
	changes := map[string]any{}
	for key, child := range object {
		if !equality.Semantic.DeepEqual(old[key], child) {
			changes[key] = difference(old[key], child)
		}
	}
	for key := range old {
		if _, kept := object[key]; !kept {
			changes[key] = nil
		}
	}
	return changes
}
