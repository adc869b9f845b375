package cluster

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// masked stands where something was that others must not see.
const masked = "<redacted>"

var (
	// secretKeys are names of fields whose values are secret, whatever they are.
	secretKeys = regexp.MustCompile(`(?i)^(data|stringData)$|passw(or)?d|passphrase|token|access_?key|secret_?key|api_?key|private_?key|client_?secret|authorization|kubeconfig|credential`)
	// secretTexts are secrets that a text betrays by their form: tokens, keys, and what is assigned to a telling name.
	secretTexts = regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)` +
		`|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*` +
		`|(?i:bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}` +
		`|\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b` +
		`|(?i:passw(?:or)?d|token|secret(?:_?access)?(?:_?key)?|access_?key(?:_?id)?|api_?key|authorization)["']?\s*[=:]\s*["']?(?:(?i:bearer|basic)\s+)?[^\s"',;&]+`)
	urls = regexp.MustCompile(`[a-zA-Z][a-zA-Z0-9+.-]*://[^\s"'<>]+`)
)

// harmless are annotations that say how an object is reconciled. The values of all others are masked: anybody may write anything there.
var harmless = []string{"crossplane.io/", "storages.pkg.internal/environment", "datalabs.pkg.internal/environment"}

// redact answers a copy of the value, as JSON has it, without what others must not see.
func redact(value any) (any, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(raw, &tree); err != nil {
		return nil, err
	}
	return clean(tree), nil
}

func clean(value any) any {
	switch v := value.(type) {
	case map[string]any:
		return cleanFields(v)
	case []any:
		for i := range v {
			v[i] = clean(v[i])
		}
	case string:
		return cleanText(v)
	}
	return value
}

func cleanFields(fields map[string]any) map[string]any {
	for key, value := range fields {
		switch {
		case key == "managedFields":
			delete(fields, key)
		case key == "annotations":
			fields[key] = cleanAnnotations(value)
		case key == "env":
			fields[key] = cleanEnvironment(value)
		case secretKeys.MatchString(key) && isLeaf(value), key == "data", key == "stringData":
			fields[key] = maskAll(value)
		default:
			fields[key] = clean(value)
		}
	}
	return fields
}

// isLeaf tells what may be a secret from a structure that holds one.
func isLeaf(value any) bool {
	switch value.(type) {
	case string, []any:
		return true
	}
	return false
}

// maskAll leaves the names of fields, and masks every text. What only says yes or no, or how much, stays.
func maskAll(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = maskAll(v[key])
		}
	case []any:
		for i := range v {
			v[i] = maskAll(v[i])
		}
	case string:
		return masked
	}
	return value
}

func cleanAnnotations(value any) any {
	annotations, ok := value.(map[string]any)
	if !ok {
		return masked
	}
	for key, value := range annotations {
		annotations[key] = masked
		for _, prefix := range harmless {
			if text, ok := value.(string); ok && strings.HasPrefix(key, prefix) {
				annotations[key] = cleanText(text)
			}
		}
	}
	return annotations
}

// cleanEnvironment keeps the names of variables.
func cleanEnvironment(value any) any {
	list, ok := value.([]any)
	if !ok {
		return maskAll(value)
	}
	for _, item := range list {
		variable, ok := item.(map[string]any)
		if !ok {
			continue
		}
		for key := range variable {
			if key != "name" {
				variable[key] = maskAll(variable[key])
			}
		}
	}
	return list
}

// cleanText masks secrets inside of a text: what URLs carry beside host and path, and what looks like one.
func cleanText(text string) string {
	text = urls.ReplaceAllStringFunc(text, func(found string) string {
		u, err := url.Parse(found)
		if err != nil {
			return masked
		}
		if u.User == nil && u.RawQuery == "" && u.Fragment == "" {
			return found
		}
		u.User, u.RawQuery, u.Fragment = nil, "", ""
		return u.String() + " " + masked
	})
	return secretTexts.ReplaceAllString(text, masked)
}
