package credentials

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// variable is what a POSIX shell takes as a name. Anything else would be run by the shell that evaluates the output.
var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// exports are lines for a POSIX shell, in the order of the names, and the names that had to be left out.
func exports(env map[string]string) (lines string, skipped []string) {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(env)) {
		if !variable.MatchString(name) {
			skipped = append(skipped, name)
			continue
		}
		out.WriteString("export " + name + "=" + quote(env[name]) + "\n")
	}
	return out.String(), skipped
}

// quote protects a value from the shell: within single quotes nothing is special but the quote itself.
func quote(value string) string {
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
