package credentials

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

var values = []string{
	"", "plain", `it's`, `'`, `''`, "two\nlines\n", `$(reboot) ${HOME} $HOME "x" \ & ; #`, "`reboot`", "ünï ☃", "100%PATH%", `"`, `\`, `a\`, `\\`, `\'`,
	"\ttabs\r", " spaces ", "!history", "a=b", "~", "*?[a]", "‘’‚‛", "-n", "^caret&|<>()",
}

// shells read a format: a script that follows the line prints the variable as it is.
var shells = []struct {
	shell, print string
	line         func(name, value string) (string, bool)
}{
	{"sh", `printf %s "$VALUE"`, posixLine},
	{"bash", `printf %s "$VALUE"`, posixLine},
	{"zsh", `printf %s "$VALUE"`, posixLine},
	{"sh", `printf %s "$VALUE"`, dotenvLine},
	{"bash", `printf %s "$VALUE"`, dotenvLine},
	{"fish", `printf %s "$VALUE"`, fishLine},
	{"pwsh", `[Console]::Out.Write($env:VALUE)`, powershellLine},
}

func TestAnyValueSurvivesAShell(t *testing.T) {
	for _, value := range values {
		survives(t, value)
	}
}

func FuzzAnyValueSurvivesAShell(f *testing.F) {
	for _, value := range values {
		f.Add(value)
	}
	f.Fuzz(survives)
}

// survives gives the value to each shell that this machine has.
func survives(t *testing.T, value string) {
	if strings.Contains(value, "\x00") || !utf8.ValidString(value) {
		t.Skip("no environment holds it, or no answer of the server")
	}
	for _, shell := range shells {
		path, err := exec.LookPath(shell.shell)
		if err != nil {
			continue
		}
		line, ok := shell.line("VALUE", value)
		if !ok {
			continue
		}
		seen, err := exec.Command(path, "-c", line+"\n"+shell.print).Output()
		if err != nil || string(seen) != value {
			t.Errorf("%s: %q came out as %q (%v)", shell.shell, value, seen, err)
		}
	}
}

func TestOnlyStrangeValuesHaveNoDotenvForm(t *testing.T) {
	for _, value := range values {
		_, ok := dotenvLine("VALUE", value)
		strange := strings.Contains(value, "${") || strings.ContainsAny(value, "\r") || strings.HasSuffix(value, `\`) || value == `\'`
		if ok == strange {
			t.Errorf("%q: written is %t", value, ok)
		}
	}
}

func FuzzBatchFilesKeepAnyValue(f *testing.F) {
	for _, value := range values {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		line, ok := cmdLine("VALUE", value)
		if !ok {
			return
		}
		if got := batch(t, line); got != value {
			t.Errorf("%q came out as %q of %s", value, got, line)
		}
	})
}

var percent = regexp.MustCompile(`%[^%]`)

// batch sets a variable as cmd.exe does it, by its phases: percents first, then quotes, carets and what separates commands.
func batch(t *testing.T, line string) string {
	line = strings.ReplaceAll(line, "%%", "\x00")
	if percent.MatchString(line) {
		t.Errorf("%s expands a variable", line)
	}
	line = strings.ReplaceAll(line, "\x00", "%")
	var out strings.Builder
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			quoted = !quoted
			out.WriteByte(c)
		case c == '^' && !quoted && i+1 < len(line):
			i++
			out.WriteByte(line[i])
		case strings.IndexByte("&|<>", c) >= 0 && !quoted:
			t.Errorf("%s ends the command at %q", line, line[i:])
		default:
			out.WriteByte(c)
		}
	}
	assignment := strings.TrimPrefix(out.String(), "@set ")
	// In quotes the whole is a name and its value; what follows the last quote is ignored.
	if strings.HasPrefix(assignment, `"`) {
		assignment = assignment[1:strings.LastIndex(assignment, `"`)]
	}
	return strings.TrimPrefix(assignment, "VALUE=")
}
