package access

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the permission matrix into "+documentFile)

const (
	documentFile = "../../../docs/access.md"
	begin, end   = "<!-- the matrix begins -->\n", "<!-- the matrix ends -->\n"
)

// document compares the matrix with the one that the documentation shows, or writes it there.
func document(t *testing.T, m matrix) {
	t.Helper()
	text, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	shown, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s: want a line %q and a line %q", documentFile, begin, end)
	}
	tables := m.tables()
	switch {
	case tables == shown:
	case *update:
		if err := os.WriteFile(documentFile, []byte(before+begin+tables+end+after), 0o644); err != nil { //nolint:gosec // for everybody to read
			t.Fatal(err)
		}
	default:
		t.Errorf("%s is out of date: run go test ./test/integration/access -run TestPermissionMatrix -update", documentFile)
	}
}

// tables are one for each target, as Markdown.
func (m matrix) tables() string {
	var b strings.Builder
	for _, target := range targets {
		fmt.Fprintf(&b, "\n### On %s\n\n| |", map[string]string{"own": "the workspace that the role is in", "another's": "another's workspace", "none": "a name that no workspace has"}[target])
		for _, s := range everybody {
			fmt.Fprintf(&b, " %s |", s.title)
		}
		b.WriteString("\n|---|" + strings.Repeat(":-:|", len(everybody)) + "\n")
		for _, r := range requests() {
			cells, asked := m[line{target, r.verb, r.resource}]
			if !asked {
				continue
			}
			fmt.Fprintf(&b, "| %s %s |", r.verb, shownResource(r.resource))
			for _, cell := range cells {
				fmt.Fprintf(&b, " %s |", cell)
			}
			b.WriteByte('\n')
		}
	}
	b.WriteByte('\n')
	return b.String()
}

func shownResource(resource string) string {
	if resource == workspacesResource || resource == storeTypesResource {
		return resource
	}
	return "workspaces/" + resource
}
