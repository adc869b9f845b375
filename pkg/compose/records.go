package compose

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/runtime"
)

// records turns a list without keys from was into want, where the list may hold more than was says: fields of its
// items that we do not know, and items that came in the meantime. Both survive.
func records(value, was, want any) any {
	list, _ := value.([]any)
	before, _ := was.([]any)
	after, _ := want.([]any)

	raw := assign(before, len(list), func(i, j int) bool { return covers(list[j], before[i]) })
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
	for _, same := range []func(i, k int) bool{
		func(i, k int) bool { return equality.Semantic.DeepEqual(before[i], after[k]) },
		func(i, k int) bool { return pathOf(before[i]) == pathOf(after[k]) },
		func(i, k int) bool { return i == k },
	} {
		for k := range after {
			for i := range before {
				if origin[k] < 0 && !used[i] && same(i, k) {
					origin[k], used[i] = i, true
				}
			}
		}
	}
	return origin
}

func pathOf(record any) string {
	object, _ := record.(map[string]any)
	path, _ := object["path"].(string)
	return path
}

// assign finds for each of the items one of n places that fits, each place once, preferring its own.
func assign(items []any, n int, fits func(item, place int) bool) []int {
	places := make([]int, len(items))
	used := make([]bool, n)
	for i := range items {
		places[i] = -1
		if i < n && fits(i, i) {
			places[i], used[i] = i, true
		}
	}
	for i := range items {
		if places[i] >= 0 {
			continue
		}
		for j := range n {
			if !used[j] && fits(i, j) {
				places[i], used[j] = j, true
				break
			}
		}
	}
	return places
}

// claimPlaces gives items that were found nowhere their own place, if it is free and fits: the item there has changed, or
// some of it could not be read.
func claimPlaces(places []int, fits func(i int) bool) {
	for i, place := range places {
		if place < 0 && !slices.Contains(places, i) && fits(i) {
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
