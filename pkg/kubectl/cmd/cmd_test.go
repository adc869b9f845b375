package cmd

import (
	"bytes"
	"context"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func factory() (*util.Factory, *bytes.Buffer) {
	streams, _, _, errOut := genericiooptions.NewTestIOStreams()
	return util.NewFactory(streams), errOut
}

func plugin(program string) *cobra.Command {
	f, _ := factory()
	return New(program, f)
}

func TestTheProgramIsCalledAsTheUserCallsIt(t *testing.T) {
	for _, test := range []struct{ argv0, kubectl, want string }{
		{"kubectl-workspace", "", "kubectl-workspace"},
		{"/usr/local/bin/kubectl-workspace", "", "kubectl-workspace"},
		{"/usr/local/bin/kubectl-workspace", "/usr/bin/kubectl", "kubectl workspace"},
		{"/usr/local/bin/kubectl-workspace", "/usr/bin/oc", "oc workspace"},
	} {
		getenv := func(name string) string { return map[string]string{"KUBECTL_PATH": test.kubectl}[name] }
		if got := programName(test.argv0, getenv); got != test.want {
			t.Errorf("%s under %q is called %q, want %q", test.argv0, test.kubectl, got, test.want)
		}
	}
}

func TestEveryCommandHasHelpThatCanBePasted(t *testing.T) {
	root := plugin("kubectl-workspace")
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		if cmd.Runnable() && !cmd.HasSubCommands() && cmd.Parent() != nil && cmd.Name() != "options" {
			if cmd.Short == "" || cmd.Long == "" || cmd.Example == "" {
				t.Errorf("%s: short, long and examples must be there", cmd.CommandPath())
			}
			if !strings.Contains(cmd.Example+"\n", cmd.CommandPath()+" ") && !strings.Contains(cmd.Example+"\n", cmd.CommandPath()+"\n") {
				t.Errorf("%s: no example calls it as the user does:\n%s", cmd.CommandPath(), cmd.Example)
			}
		}
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(root)
}

func TestUsageErrorsEndWithTwo(t *testing.T) {
	for _, line := range []string{"bogus", "--bogus", "session", "session bogus", "session list extra", "get -o bogus", "get --output-watch-events", "create"} {
		f, errOut := factory()
		root := New("kubectl workspace", f)
		root.SetArgs(append(strings.Fields(line), "--server", "http://127.0.0.1:1", "--kubeconfig", os.DevNull))
		if code := Run(t.Context(), f, root); code != util.ExitUsage || !strings.Contains(errOut.String(), "hint: kubectl workspace") {
			t.Errorf("%q: exit code %d, stderr %q", line, code, errOut)
		}
	}
}

// What libraries do that know no contexts, such as kubectl's own get, is left behind when the user has had enough.
func TestAnInterruptEndsWhatDoesNotHeedIt(t *testing.T) { synctest.Test(t, interruptTheDeaf) }

func interruptTheDeaf(t *testing.T) {
	f, errOut := factory()
	ctx, cancel := context.WithCancelCause(t.Context())
	deaf := make(chan struct{})
	defer close(deaf)
	root := &cobra.Command{Use: "x", RunE: func(*cobra.Command, []string) error {
		cancel(util.Interrupted{Signal: syscall.SIGINT})
		<-deaf
		return nil
	}}
	root.SetArgs(nil)
	if code := Run(ctx, f, root); code != 130 || errOut.String() != "" {
		t.Errorf("exit code %d, stderr %q", code, errOut)
	}
}

// The keyboard's interrupts are those of a client that has the terminal, such as psql: it goes on, and its exit code counts.
func TestAnInterruptIsTheClientsThatHasTheTerminal(t *testing.T) {
	synctest.Test(t, interruptTheClient)
}

func interruptTheClient(t *testing.T) {
	f, _ := factory()
	ctx, cancel := context.WithCancelCause(t.Context())
	root := &cobra.Command{Use: "x", SilenceErrors: true, SilenceUsage: true, RunE: func(*cobra.Command, []string) error {
		f.Occupied.Store(true)
		cancel(util.Interrupted{Signal: syscall.SIGINT})
		time.Sleep(grace + grace/4)
		return util.Answered(7)
	}}
	root.SetArgs(nil)
	if code := Run(ctx, f, root); code != 7 {
		t.Errorf("exit code %d", code)
	}
}
