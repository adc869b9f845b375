package clients

import (
	"strings"
	"testing"

	"github.com/eoepca/workspaces/test/commandline"
)

// kubectl is the user's, in the namespace of a place.
type kubectl struct {
	t *testing.T
	*commandline.User
	place
}

func newKubectl(t *testing.T) kubectl {
	t.Helper()
	p := newPlace(t)
	return kubectl{t, p.shell(t), p}
}

// says checks what a command line that must succeed prints. In it, words are parted by blanks.
func (k kubectl) says(want, line string, input ...string) {
	k.t.Helper()
	if got := k.out(line, input...); got != want {
		k.t.Errorf("kubectl %s\nsays %s\nwant %s", line, got, want)
	}
}

// shows checks that each of some texts is in what a command line that must succeed prints.
func (k kubectl) shows(wanted []string, line string, input ...string) {
	k.t.Helper()
	got := k.out(line, input...)
	for _, want := range wanted {
		if !strings.Contains(got, want) {
			k.t.Errorf("kubectl %s\nsays %s\nwant in it: %s", line, got, want)
		}
	}
}

// fails checks the exit code of a command line, and that a text is in what it complains of.
func (k kubectl) fails(code int, want, line string, input ...string) {
	k.t.Helper()
	r := k.Run(k.t, strings.Join(input, "---\n"), "kubectl", strings.Fields(line)...)
	if r.Code != code || !strings.Contains(r.Err, want) {
		k.t.Errorf("kubectl %s\nends with %d, %s%s\nwant %d, %s", line, r.Code, r.Out, r.Err, code, want)
	}
}

// out is what a command line that must succeed prints.
func (k kubectl) out(line string, input ...string) string {
	k.t.Helper()
	return strings.TrimSuffix(k.OK(k.t, strings.Join(input, "---\n"), "kubectl", strings.Fields(line)...), "\n")
}

// apply makes a workspace and waits until it is ready.
func (k kubectl) apply(name string, spec ...string) {
	k.t.Helper()
	k.says("workspace.eoepca.org/"+name+" created", "apply -f -", k.manifest(name, spec...))
	k.says("workspace.eoepca.org/"+name+" condition met", "wait --for=condition=Ready --timeout=60s wks/"+name)
}

// owner checks who owns a workspace.
func (k kubectl) owner(want, name string) {
	k.t.Helper()
	k.says(want, "get wks "+name+" -o jsonpath={.spec.owner}")
}

// editor makes a program the editor of kubectl edit: a line of shell, where $1 is the file.
func (k kubectl) editor(line string) {
	k.t.Helper()
	k.Write(k.t, "editor", "#!/bin/sh\n"+line+"\n", 0o700)
	k.Environment = append(k.Environment, "EDITOR="+k.Home+"/editor")
}
