package api

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/test/commandline"
	"github.com/eoepca/workspaces/test/integration/env"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shell runs kubectl as a user, with the plugin on its path.
type shell struct{ *commandline.User }

// result is what a command left behind.
type result struct {
	out, err string
	code     int
}

// plugin is the folder of the plugin, built from the code that is tested.
var plugin = sync.OnceValues(func() (dir string, err error) {
	if dir, err = os.MkdirTemp(e.ControlPlane.Dir(), "plugin-"); err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "kubectl-workspace"), "github.com/eoepca/workspaces/cmd/kubectl-workspace")
	if text, err := build.CombinedOutput(); err != nil {
		return "", errors.Join(err, errors.New(string(text)))
	}
	return dir, nil
})

func newShell(t *testing.T, user, ns string) *shell {
	t.Helper()
	dir, err := plugin()
	if err != nil {
		t.Fatal(err)
	}
	return &shell{commandline.New(t, e, user, ns, dir)}
}

// run runs kubectl with a text as its input.
func (s *shell) run(t *testing.T, input string, args ...string) result {
	t.Helper()
	r := s.Run(t, input, "kubectl", args...)
	return result{out: r.Out, err: r.Err, code: r.Code}
}

// ok is the output of a command that must succeed.
func (s *shell) ok(t *testing.T, input string, args ...string) string {
	t.Helper()
	return s.OK(t, input, "kubectl", args...)
}

// The day of a manifest: applied, seen, waited for, compared, changed, deleted.
func TestKubectl(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	e.PlayProviders(t, ns)
	k := newShell(t, env.Operator, ns)
	ws := written(t, ns, "one", `members: [{name: bob}], sessions: [{name: main, state: Started}]`)
	name := nameOf(ws)
	manifest := string(encode(t, ws))

	want := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	want("apply", k.ok(t, manifest, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" created\n")
	want("the same again", k.ok(t, manifest, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" unchanged\n")
	want("wait", k.ok(t, "", "wait", "--for=condition=Ready", "workspace/"+name, "--timeout=60s"), "workspace.eoepca.org/"+name+" condition met\n")

	wide := strings.Fields(k.ok(t, "", "get", "wks", name, "-o", "wide"))
	header := strings.Fields("NAME OWNER READY SESSIONS BUCKETS MEMBERS AGE STORAGE DATALAB ENVIRONMENT")
	if len(wide) != 2*len(header) || !slices.Equal(wide[:len(header)], header) {
		t.Fatalf("get -o wide prints %v", wide)
	}
	row := wide[len(header):]
	row[6] = "age"
	want("get -o wide", strings.Join(row, " "), name+" alice True 1/1 1 1 age True True datalab")
	want("get of a category", k.ok(t, "", "get", "eoepca", "-o", "name"), "workspace.eoepca.org/"+name+"\n")

	if r := k.run(t, manifest, "diff", "-f", "-"); r.code != 0 || r.out != "" {
		t.Errorf("diff of the same: exit code %d, %s%s", r.code, r.out, r.err)
	}
	changed := string(encode(t, merged(t, ws, `spec: {owner: erin}`)))
	r := k.run(t, changed, "diff", "-f", "-")
	if r.code != 1 || !contains(r.out, "-  owner: alice") || !contains(r.out, "+  owner: erin") {
		t.Errorf("diff: exit code %d, %s%s", r.code, r.out, r.err)
	}
	want("apply of a change", k.ok(t, changed, "apply", "-f", "-"), "workspace.eoepca.org/"+name+" configured\n")
	want("the changed", k.ok(t, "", "get", "workspace", name, "-o", "jsonpath={.spec.owner}"), "erin")
	// The last applied manifest is kept, and not shown as the Storage's.
	if kept := k.ok(t, "", "apply", "view-last-applied", "workspace", name); !contains(kept, "owner: erin") {
		t.Errorf("the last applied manifest is %s", kept)
	}

	if r := k.run(t, changed, "create", "-f", "-"); r.code != 1 || !contains(r.err, "Error from server (AlreadyExists)") || !contains(r.err, `workspaces.eoepca.org "`+name+`" already exists`) {
		t.Errorf("create of what exists: exit code %d, %s", r.code, r.err)
	}
	bad := string(encode(t, merged(t, ws, `spec: {members: [{name: bob, role: Boss}]}`)))
	if r := k.run(t, bad, "apply", "-f", "-"); r.code != 1 || !contains(r.err, "spec.members[0].role: Unsupported value") {
		t.Errorf("apply of nonsense: exit code %d, %s", r.code, r.err)
	}
	want("delete", k.ok(t, "", "delete", "workspace", name, "--timeout=60s"), `workspace.eoepca.org "`+name+`" deleted from `+ns+" namespace\n")
	if r := k.run(t, "", "get", "workspace", name); r.code != 1 || !contains(r.err, "Error from server (NotFound)") {
		t.Errorf("get of what is gone: exit code %d, %s", r.code, r.err)
	}
}

// What kubectl explains of the storage of a workspace.
func TestExplain(t *testing.T) {
	t.Parallel()
	k := newShell(t, env.Operator, "default")
	golden := filepath.Join("testdata", "explain-storage.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(k.ok(t, "", "explain", "workspaces.spec.storage", "--recursive")), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	wanted, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "kube-apiserver has our schema", func() error {
		r := k.run(t, "", "explain", "workspaces.spec.storage", "--recursive")
		if r.code != 0 {
			return errors.New(r.err)
		}
		if diff := cmp.Diff(string(wanted), r.out); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
	if r := k.run(t, "", "explain", "workspaces.spec.runtime.quota.budget"); r.code != 0 || !contains(r.out, "xxx-large") || !contains(r.out, "ENUM") {
		t.Errorf("explain of a value of a list: exit code %d, %s%s", r.code, r.out, r.err)
	}
}
