package docs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

func TestThePageHoldsEachCommandAndNothingOfThisMachine(t *testing.T) {
	t.Setenv("HOME", "/home/somebody")
	r := kubectltest.New(t).Run("docs", "markdown")
	if r.Code != 0 || r.Err != "" {
		t.Fatalf("exit code %d: %s", r.Code, r.Err)
	}
	for _, want := range []string{
		"| [`member add`](#kubectl-workspace-member-add) | Add members to a workspace |",
		"\n## kubectl workspace member\n",
		"\n### kubectl workspace member add\n",
		"\n```\nkubectl workspace member add NAME...\n```\n",
		"\n# Let two colleagues work in the workspace\nkubectl workspace member add bob carol",
		"\n## Flags of all commands\n",
		"$HOME/.kube/cache",
	} {
		if !strings.Contains(r.Out, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, unwanted := range []string{"/home/somebody", "Exit codes:", "kubectl workspace docs"} {
		if strings.Contains(r.Out, unwanted) {
			t.Errorf("the page holds %q", unwanted)
		}
	}
}

func TestAManPageForEachCommand(t *testing.T) {
	t.Setenv("SOURCE_DATE_EPOCH", "0")
	dir := filepath.Join(t.TempDir(), "man", "man1")
	if r := kubectltest.New(t).Run("docs", "man", dir); r.Code != 0 || r.Out != "" {
		t.Fatalf("exit code %d: %s%s", r.Code, r.Out, r.Err)
	}
	for _, page := range []string{"kubectl-workspace.1", "kubectl-workspace-member.1", "kubectl-workspace-member-add.1"} {
		text, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil || !strings.HasPrefix(string(text), ".nh\n.TH ") || !strings.Contains(string(text), "Jan 1970") {
			t.Errorf("%s: %v\n%s", page, err, text)
		}
	}
}
