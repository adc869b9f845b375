// Package lenient decodes JSON into Go types and never fails as a whole: a value of an unexpected type is left out and
// named, all others are kept. It knows nothing about any resource.
package lenient

import (
	"encoding/json"
	"reflect"
	"sort"
	"strconv"
	"strings"

	kjson "sigs.k8s.io/json"
)

// Unmarshal decodes data into into, a pointer to a value without an UnmarshalJSON of its own. It answers the paths,
// below root, of the values that it had to leave out.
func Unmarshal(data []byte, into any, root string) (malformed []string) {
	if kjson.UnmarshalCaseSensitivePreserveInts(data, into) == nil {
		return nil
	}
	// The failed attempt may have filled some fields and stopped: start again, piece by piece.
	target := reflect.ValueOf(into).Elem()
	target.SetZero()
	decode(data, target, root, &malformed)
	return malformed
}

func decode(data []byte, target reflect.Value, path string, malformed *[]string) {
	if kjson.UnmarshalCaseSensitivePreserveInts(data, target.Addr().Interface()) == nil {
		return
	}
	target.SetZero()
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		decode(data, target.Elem(), path, malformed)
		if target.Elem().IsZero() {
			target.SetZero()
		}
	case reflect.Struct:
		decodeStruct(data, target, path, malformed)
	case reflect.Slice:
		decodeSlice(data, target, path, malformed)
	case reflect.Map:
		decodeMap(data, target, path, malformed)
	default:
		*malformed = append(*malformed, path)
	}
}

func decodeStruct(data []byte, target reflect.Value, path string, malformed *[]string) {
	var fields map[string]json.RawMessage
	if kjson.UnmarshalCaseSensitivePreserveInts(data, &fields) != nil {
		*malformed = append(*malformed, path)
		return
	}
	for i := range target.NumField() {
		name, _, _ := strings.Cut(target.Type().Field(i).Tag.Get("json"), ",")
		if raw, found := fields[name]; found && name != "" && name != "-" {
			decode(raw, target.Field(i), path+"."+name, malformed)
		}
	}
}

// decodeSlice keeps the place of an element that it cannot read: where positions have a meaning, those behind it must
// not move up.
func decodeSlice(data []byte, target reflect.Value, path string, malformed *[]string) {
	var items []json.RawMessage
	if kjson.UnmarshalCaseSensitivePreserveInts(data, &items) != nil {
		*malformed = append(*malformed, path)
		return
	}
	target.Set(reflect.MakeSlice(target.Type(), len(items), len(items)))
	for i, raw := range items {
		decode(raw, target.Index(i), path+"["+strconv.Itoa(i)+"]", malformed)
	}
}

func decodeMap(data []byte, target reflect.Value, path string, malformed *[]string) {
	var entries map[string]json.RawMessage
	if kjson.UnmarshalCaseSensitivePreserveInts(data, &entries) != nil {
		*malformed = append(*malformed, path)
		return
	}
	keys := make([]string, 0, len(entries))
	for key := range entries {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	target.Set(reflect.MakeMapWithSize(target.Type(), len(keys)))
	for _, key := range keys {
		value := reflect.New(target.Type().Elem()).Elem()
		decode(entries[key], value, path+"["+key+"]", malformed)
		target.SetMapIndex(reflect.ValueOf(key), value)
	}
}
