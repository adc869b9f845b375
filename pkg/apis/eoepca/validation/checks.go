package validation

import (
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxErrors is how many errors are told at least before the rest of a list is left unread: putting thousands of them into
// one answer takes the time of many requests.
const maxErrors = 100

// eachChanged calls check for each item that is new (was is nil) or differs from the old item of its key, and names
// each key that occurs twice. One pass: lists may be long.
func eachChanged[T any, K comparable](v *validator, path *field.Path, keyName string, items, old []T, key func(*T) K,
	check func(path *field.Path, item, was *T)) {
	known := make(map[K]*T, len(old))
	for i := range old {
		known[key(&old[i])] = &old[i]
	}
	seen := make(map[K]bool, len(items))
	for i := range items {
		if len(v.errs) >= maxErrors {
			return
		}
		item, k := &items[i], key(&items[i])
		if seen[k] {
			v.duplicate(path.Index(i), printed(keyName, k))
			continue
		}
		seen[k] = true
		if was := known[k]; was == nil || !same(item, was) {
			check(path.Index(i), item, was)
		}
	}
}

// printed is a key as messages tell it: with its name, as JSON. One of several fields names them itself.
func printed(name string, key any) any {
	if name == "" {
		return key
	}
	return map[string]any{name: key}
}

// enum checks a value against the list of those that are accepted, which are told in the order of the published schema.
func enum[T ~string](v *validator, path *field.Path, value T, accepted ...T) {
	if !slices.Contains(accepted, value) {
		slices.Sort(accepted)
		v.errs = append(v.errs, field.NotSupported(path, value, accepted))
	}
}

// optionalEnum checks a value that may be left out and has changed.
func optionalEnum[T ~string](v *validator, path *field.Path, value, old T, accepted ...T) {
	if value != "" && value != old {
		enum(v, path, value, accepted...)
	}
}

// userName checks the name of a user or principal.
func (v *validator) userName(path *field.Path, name string) {
	switch {
	case name == "":
		v.required(path, "")
	case strings.TrimSpace(name) != name:
		v.invalid(path, name, "may not start or end with white space")
	}
}

func (v *validator) label(path *field.Path, name string) {
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		v.invalid(path, name, strings.Join(problems, "; "))
	}
}

// resourceName checks the name of another object, where one is named that was not before.
func (v *validator) resourceName(path *field.Path, name, old string) {
	if name == "" || name == old {
		return
	}
	if problems := validation.IsDNS1123Subdomain(name); len(problems) > 0 {
		v.invalid(path, name, strings.Join(problems, "; "))
	}
}

const quantityExample = "must be a quantity greater than zero, such as 1Gi"

// farQuantity is what nobody means, and what ParseQuantity takes minutes and gigabytes to round, such as 1e-999999999.
var farQuantity = regexp.MustCompile(`[eE][-+]?[0-9]{3,}$|.{64}`)

// size checks a quantity that must be there.
func (v *validator) size(path *field.Path, value, old string) {
	if value == "" && old == "" {
		v.required(path, quantityExample)
		return
	}
	if value == "" {
		v.invalid(path, value, quantityExample)
		return
	}
	v.optionalSize(path, value, old)
}

// optionalSize checks a quantity that may be left out.
func (v *validator) optionalSize(path *field.Path, value, old string) {
	if value == "" || value == old {
		return
	}
	if farQuantity.MatchString(value) {
		v.invalid(path, value, quantityExample)
		return
	}
	if quantity, err := resource.ParseQuantity(value); err != nil || quantity.Sign() <= 0 {
		v.invalid(path, value, quantityExample)
	}
}

var bucketCharacters = regexp.MustCompile(`^[a-z0-9.-]*$`)

// bucketName checks what S3 servers accept as the name of a bucket.
func (v *validator) bucketName(path *field.Path, name string) {
	switch {
	case name == "":
		v.required(path, "")
	case len(name) < 3 || len(name) > 63:
		v.invalid(path, name, "must have 3 to 63 characters")
	case !bucketCharacters.MatchString(name):
		v.invalid(path, name, "may hold lower-case letters, digits, '.' and '-' only")
	case strings.Trim(name, ".-") != name:
		v.invalid(path, name, "must start and end with a letter or a digit")
	case strings.Contains(name, "..") || strings.Contains(name, ".-") || strings.Contains(name, "-."):
		v.invalid(path, name, "may not hold '..', '.-' or '-.'")
	}
}
