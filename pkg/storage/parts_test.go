package storage

import "testing"

func TestTheVersionOfAPartIsItsOwn(t *testing.T) {
	for name, test := range map[string]struct{ raw, want string }{
		"its own":             {`{"metadata":{"name":"a","resourceVersion":"7"}}`, "7"},
		"not that of a label": {`{"metadata":{"labels":{"resourceVersion":"1"},"resourceVersion":"7"}}`, "7"},
		"not one of its spec": {`{"spec":{"resourceRefs":[{"resourceVersion":"1"}]},"metadata":{"resourceVersion":"7"}}`, "7"},
		"in its own writing":  {`{"metadata":{"ResourceVersion":"1"}}`, ""},
		"none":                {`{}`, ""},
		"not even a part":     {`<html>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if got := versionOf([]byte(test.raw)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
