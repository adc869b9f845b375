package compose

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"

	kjson "sigs.k8s.io/json"
)

// Step leads from a value into one that it holds. Exactly one of the fields counts: Item if it is set, else Element if
// it is set, else Field. As JSON: "field", {"key": "value"} or ["element"].
type Step struct {
	// Field is the name of a field, or the key of a map.
	Field string
	// Item is the item of a list whose fields have these values.
	Item map[string]string
	// Element is the element of a list of strings that has this value.
	Element *string
}

// Path leads to a place in an object.
type Path []Step

func fields(names ...string) Path {
	path := make(Path, len(names))
	for i, name := range names {
		path[i] = Step{Field: name}
	}
	return path
}

// with answers a path one step longer. The memory is never shared: paths branch.
func (p Path) with(steps ...Step) Path {
	longer := make(Path, 0, len(p)+len(steps))
	return append(append(longer, p...), steps...)
}

// inList says whether the step leads into a list.
func (s Step) inList() bool { return s.Item != nil || s.Element != nil }

// matches says whether an element of a list is the one that the step leads to.
func (s Step) matches(value any) bool {
	if s.Element != nil {
		return value == *s.Element
	}
	item, ok := value.(map[string]any)
	if !ok {
		return false
	}
	for key, want := range s.Item {
		if item[key] != want {
			return false
		}
	}
	return true
}

// fresh is the element that the step leads to, when it is missing.
func (s Step) fresh() any {
	if s.Element != nil {
		return *s.Element
	}
	item := make(map[string]any, len(s.Item))
	for key, value := range s.Item {
		item[key] = value
	}
	return item
}

func (s Step) equal(other Step) bool {
	if s.Element != nil && other.Element != nil {
		return *s.Element == *other.Element
	}
	return s.Element == nil && other.Element == nil && s.Field == other.Field && maps.Equal(s.Item, other.Item)
}

// MarshalJSON writes the short form.
func (s Step) MarshalJSON() ([]byte, error) {
	switch {
	case s.Item != nil:
		return json.Marshal(s.Item)
	case s.Element != nil:
		return json.Marshal([]string{*s.Element})
	}
	return json.Marshal(s.Field)
}

// UnmarshalJSON reads the short form.
func (s *Step) UnmarshalJSON(data []byte) error {
	*s = Step{}
	switch data = bytes.TrimSpace(data); data[0] {
	case '{':
		return kjson.UnmarshalCaseSensitivePreserveInts(data, &s.Item)
	case '[':
		var elements []string
		if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &elements); err != nil {
			return err
		}
		if len(elements) != 1 {
			return fmt.Errorf("a step into a list of strings names one element, not %d", len(elements))
		}
		s.Element = &elements[0]
		return nil
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, &s.Field)
}
