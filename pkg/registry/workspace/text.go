package workspace

import (
	"bytes"
	"regexp"
	"unicode/utf8"
)

// maxVariable is the longest that Linux takes as one string of an environment.
const maxVariable = 128 << 10

// isText says whether a value can be one of an environment variable.
func isText(value []byte) bool {
	return len(value) < maxVariable && utf8.Valid(value) && bytes.IndexByte(value, 0) < 0
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// isVariable says whether a shell takes a name for that of a variable.
func isVariable(name string) bool { return variableName.MatchString(name) }
