package api

import (
	"strings"
	"testing"

	"github.com/eoepca/workspaces/test/integration/env"
)

// The plugin against real servers, as a user of kubectl has it: data on stdout, progress and errors on stderr, exit codes.
func TestPlugin(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	e.PlayProviders(t, ns)
	k := newShell(t, env.Operator, ns)
	name := "plug-" + ns
	secret(t, ns, name, map[string]string{"AWS_ACCESS_KEY_ID": "KEY", "AWS_SECRET_ACCESS_KEY": "it's secret", "AWS_REGION": "eu"})
	for _, step := range []struct {
		args string
		code int
		out  []string // on stdout; none: nothing
		err  []string // on stderr
	}{
		{"create NAME --owner alice --member bob=Admin --bucket NAME --session main=Stopped --session gpu", 0, []string{"workspace.eoepca.org/NAME created\n"}, []string{"workspace/NAME"}},
		{"create NAME", 6, nil, []string{"AlreadyExists"}},
		{"create Wrong", 1, nil, []string{"metadata.name", "lower case"}},
		{"get", 0, []string{"NAME", "OWNER", "alice", "True", "1/2"}, nil},
		{"get NAME -o name", 0, []string{"workspace.eoepca.org/NAME\n"}, nil},
		{"get missing", 5, nil, []string{"NotFound"}},
		{"session list --workspace NAME", 0, []string{"main", "Stopped", "gpu", "Started", "https://gpu.example.org"}, nil},
		{"session start main --workspace NAME", 0, []string{"https://main.example.org\n"}, []string{"session/main"}},
		{"session start main --workspace NAME", 0, []string{"https://main.example.org\n"}, nil},
		{"session list --workspace NAME -o name", 0, []string{"main", "gpu"}, nil},
		{"session stop main --workspace NAME", 0, []string{"session/main stopped\n"}, nil},
		{"session start other --workspace NAME", 5, nil, []string{`declares no session "other"`, "main"}},
		{"session start main --workspace missing", 5, nil, []string{"not found"}},
		{"session start", 2, nil, []string{"NAME"}},
		{"credentials export --workspace NAME", 0, []string{"export AWS_ACCESS_KEY_ID='KEY'", `export AWS_SECRET_ACCESS_KEY='it'\''s secret'`, "export BUCKET='NAME'"}, nil},
		{"credentials export --workspace NAME -o jsonpath={.storage.region}", 0, []string{"eu"}, nil},
		{"credentials export --workspace missing", 5, nil, []string{"not found"}},
	} {
		r := k.run(t, "", append([]string{"workspace"}, strings.Fields(strings.ReplaceAll(step.args, "NAME", name))...)...)
		if r.code != step.code || len(step.out) == 0 && r.out != "" {
			t.Errorf("%s: exit code %d, want %d; stdout %q, stderr %q", step.args, r.code, step.code, r.out, r.err)
		}
		for _, text := range step.out {
			if text = strings.ReplaceAll(text, "NAME", name); text == name {
				text = "NAME"
			}
			if !contains(r.out, text) {
				t.Errorf("%s: stdout %q, want %q; stderr %q", step.args, r.out, text, r.err)
			}
		}
		for _, text := range step.err {
			if text = strings.ReplaceAll(text, "NAME", name); step.code == 2 {
				text = "NAME"
			}
			if !contains(r.err, text) {
				t.Errorf("%s: stderr %q, want %q", step.args, r.err, text)
			}
		}
	}
	// Whoever may not is told so by the exit code.
	stranger := newShell(t, "stranger-"+randomName(), ns)
	if r := stranger.run(t, "", "workspace", "credentials", "export", "--workspace", name); r.code != 4 || r.out != "" || !contains(r.err, "Forbidden") && !contains(r.err, "forbidden") {
		t.Errorf("a stranger: exit code %d, stdout %q, stderr %q", r.code, r.out, r.err)
	}
	// Nobody plays providers elsewhere: waiting ends with the time allowed.
	elsewhere := newShell(t, env.Operator, e.Namespace(t))
	if r := elsewhere.run(t, "", "workspace", "create", "slow-"+ns, "--timeout", "1s"); r.code != 124 || !contains(r.err, "timed out after 1s") {
		t.Errorf("a wait without end: exit code %d, stdout %q, stderr %q", r.code, r.out, r.err)
	}
}
