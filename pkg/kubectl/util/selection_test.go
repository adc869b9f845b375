package util_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

const kubeconfig = `# mine
apiVersion: v1
kind: Config
current-context: one
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
contexts:
- name: one
  context: {cluster: c, user: u, namespace: home, extensions: [{name: others, extension: {keep: me}}]}
- name: two
  context: {cluster: c, user: u}
`

// fresh is the factory of a new process with a kubeconfig and a context of it; empty: the current one.
func fresh(t *testing.T, file, context string) *util.Factory {
	t.Setenv("KUBECONFIG", file)
	f := util.NewFactory(genericiooptions.NewTestIOStreamsDiscard())
	*f.Config.Context = context
	return f
}

func TestSelectionIsKeptForEachContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	choose := func(context, workspace, namespace string) {
		t.Helper()
		if _, err := fresh(t, file, context).Select(util.Selection{Workspace: workspace, Namespace: namespace}); err != nil {
			t.Fatal(err)
		}
	}
	selected := func(context, want, wantPrevious string) {
		t.Helper()
		got, previous, err := fresh(t, file, context).Selected()
		if err != nil || got.Workspace != want || previous.Workspace != wantPrevious {
			t.Errorf("context %q: selected %+v, before %+v, %v; want %q, before %q", context, got, previous, err, want, wantPrevious)
		}
	}
	selected("", "", "")
	choose("", "a", "n")
	choose("", "b", "n")
	choose("", "b", "n")
	choose("two", "c", "n")
	selected("one", "b", "a")
	selected("two", "c", "")
	choose("", "", "")
	selected("one", "", "b")
	if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), "keep: me") {
		t.Errorf("others' extensions are kept: %v\n%s", err, text)
	}
	if _, err := fresh(t, file, "none").Select(util.Selection{Workspace: "a"}); err == nil || !strings.Contains(err.Error(), `no context "none"`) {
		t.Errorf("a context that is not there: %v", err)
	}
}

func TestSelectionBringsItsNamespace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(file, []byte(kubeconfig), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := fresh(t, file, "").Select(util.Selection{Workspace: "a", Namespace: "elsewhere"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ flag, env, namespace, want string }{
		{want: "a elsewhere"},
		{namespace: "given", want: "a given"},
		{flag: "b", want: "b home"},
		{env: "e", want: "e home"},
		{flag: "b", env: "e", want: "b home"},
	} {
		f := fresh(t, file, "")
		f.Getenv = func(string) string { return test.env }
		*f.Config.Namespace = test.namespace
		workspace := util.WorkspaceFlag{Name: test.flag}
		if err := workspace.Complete(f, nil); err != nil {
			t.Fatal(err)
		}
		namespace, err := f.Namespace()
		if got := workspace.Name + " " + namespace; err != nil || got != test.want {
			t.Errorf("%+v: means %q, %v", test, got, err)
		}
	}
}
