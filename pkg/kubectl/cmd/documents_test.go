package cmd

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// typed finds what is to be typed: what follows a prompt, and what stands between backquotes.
var typed = regexp.MustCompile("(?m)^\\$ .*$|`[^`\n]*`")

func TestDocumentsCallWhatThereIs(t *testing.T) {
	const top = "../../../"
	documents, err := filepath.Glob(top + "docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, top+"README.md", top+"hack/docs/cli.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range typed.FindAllString(string(text), -1) {
			for _, args := range calls(strings.ReplaceAll(strings.Trim(line, "`$ "), "…", "")) {
				root := plugin(util.Program)
				if _, err := tryOut(root, args); err != nil {
					t.Errorf("%s: %q: %v", strings.TrimPrefix(document, top), line, err)
				}
			}
		}
	}
}
