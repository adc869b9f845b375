package credentials

import (
	"regexp"
	"strings"
)

// posixLine sets a variable in a POSIX shell: within single quotes nothing is special but the quote itself.
func posixLine(name, value string) (string, bool) {
	return "export " + name + "='" + strings.ReplaceAll(value, "'", `'\''`) + "'", true
}

// fishLine sets a variable in fish: within single quotes, quotes and backslashes are escaped by a backslash.
func fishLine(name, value string) (string, bool) {
	return "set -gx " + name + " '" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(value) + "'", true
}

// powershellQuotes are the characters that PowerShell takes for a single quote; within single quotes they are doubled.
var powershellQuotes = strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛")

// powershellLine sets a variable in PowerShell.
func powershellLine(name, value string) (string, bool) {
	return "$env:" + name + " = '" + powershellQuotes.Replace(value) + "'", true
}

// cmdSpecial are the characters that cmd.exe acts on outside of quotes.
var cmdSpecial = regexp.MustCompile(`[&|<>^"()!]`)

// cmdLine sets a variable in a batch file. A batch file is read in the code page of its user and line by line: what is not
// printable ASCII cannot be in it.
func cmdLine(name, value string) (string, bool) {
	for _, r := range value {
		if r < ' ' || r > '~' {
			return "", false
		}
	}
	value = strings.ReplaceAll(value, "%", "%%")
	// A quote within quotes would end them: then every special character is escaped by itself.
	if strings.Contains(value, `"`) {
		return "@set " + name + "=" + cmdSpecial.ReplaceAllString(value, "^$0"), true
	}
	return `@set "` + name + "=" + value + `"`, true
}

// plain is what needs no quotes in a .env file.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+,=-]*$`)

// dotenvLine is a line of a .env file. There is no standard: POSIX shells, Docker Compose and the libraries for Python, Node.js, Ruby
// and Go read different languages, of which this writes what they have in common. Within single quotes some know escapes of
// a quote or backslash, and some expand ${…}; within double quotes most expand and escape.
func dotenvLine(name, value string) (string, bool) {
	switch {
	case plain.MatchString(value):
		return name + "=" + value, true
	case strings.ContainsAny(value, "\r"):
		return "", false
	case !strings.Contains(value, "'") && !strings.Contains(value, `\\`) && !strings.HasSuffix(value, `\`) && !strings.Contains(value, "${"):
		return name + "='" + value + "'", true
	case !strings.ContainsAny(value, "\"\\$`"):
		return name + `="` + value + `"`, true
	}
	return "", false
}
