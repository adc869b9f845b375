package workspace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func TestStatusShowsAWorkspaceAtAGlance(t *testing.T) {
	p := kubectltest.New(t, whole())
	answers(p, "sharing", sharing)
	answers(p, "usage", usage)
	got := p.Run("status", "ws-alice")
	if got.Code != 0 || got.Err != "" {
		t.Fatalf("exit code %d, stderr %q", got.Code, got.Err)
	}
	golden(t, "status.txt", got.Out)
}

func TestStatus(t *testing.T) {
	ready := whole()
	ready.Status.Conditions[0].Status = "True"
	hide := func(p *kubectltest.Plugin) {
		for _, subresource := range []string{"sharing", "usage"} {
			p.Refuse("get", subresource, apierrors.NewForbidden(v1alpha1.Resource("workspaces/"+subresource), "ws-alice", nil))
		}
	}
	for _, test := range []struct {
		promise, args string
		ws            *v1alpha1.Workspace
		prepare       func(*kubectltest.Plugin)
		code          int
		out, err      string
	}{
		{promise: "ready is 0", args: "status ws-alice --exit-code", ws: ready, out: "✔ Ready"},
		{promise: "not ready is 3", args: "status ws-alice --exit-code", ws: whole(), code: util.ExitNotReady, out: "✗ PartsNotReady  Datalab: no node has room\n"},
		{promise: "not ready is shown", args: "status --workspace ws-alice", ws: whole(), out: "✗ PartsNotReady"},
		{promise: "what may not be read is said", args: "status ws-alice", ws: ready, prepare: hide, out: "Usage     hidden: not allowed\n"},
		{promise: "no colours but on a terminal", args: "status ws-alice --color always", ws: ready, out: "\x1b[32m✔ Ready\x1b[0m"},
		{promise: "a moment or all of them", args: "status ws-alice -w --exit-code", ws: ready, code: util.ExitUsage, err: "--exit-code is about one moment"},
		{promise: "a missing one", args: "status ws-bob", ws: ready, code: util.ExitNotFound, err: "NotFound"},
		{promise: "one", args: "status a b", ws: ready, code: util.ExitUsage, err: "give one NAME"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, test.ws)
			if test.prepare != nil {
				test.prepare(p)
			}
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || !strings.Contains(got.Out, test.out) || !strings.Contains(got.Err, test.err) || test.err == "" && got.Err != "" {
				t.Errorf("got %+v, want code %d, stdout with %q, stderr with %q", got, test.code, test.out, test.err)
			}
		})
	}
}

func TestStatusElsewhereThanOnATerminalIsALineForEachChange(t *testing.T) {
	waits, starts, runs, gone := whole(), whole(), whole(), whole()
	waits.Spec.Sessions[1].State = v1alpha1.SessionStarted
	starts.Spec.Sessions[1].State = v1alpha1.SessionStarted
	starts.Status.Sessions = append(starts.Status.Sessions, v1alpha1.SessionStatus{Name: "gpu", State: v1alpha1.SessionStarted, Phase: "Scheduled", Message: "no node\nhas room"})
	runs.Spec.Members = nil
	runs.Spec.Sessions = runs.Spec.Sessions[:1]
	runs.Status.Conditions[0].Status, runs.Status.Conditions[2].Status, runs.Status.Conditions[2].Message = "True", "True", ""
	now := ago(0)
	gone.DeletionTimestamp = &now
	p := kubectltest.New(t)
	p.Play(whole(), waits, waits, starts, runs, gone)
	answers(p, "sharing", sharing)
	answers(p, "usage", usage)
	got := p.Run("status", "ws-alice", "--watch")
	_, log, _ := strings.Cut(got.Out, "Usage     45Gi of 100Gi, 55Gi left\n")
	want := `sessions/gpu: Waiting
sessions/gpu: Scheduled no node has room
workspace/ws-alice: Ready
parts/Datalab: Creating
sessions/gpu: removed
members: removed
`
	if diff := cmp.Diff(want, log); diff != "" || got.Code != util.ExitNotFound {
		t.Errorf("exit code %d, stderr %q, (-want +got):\n%s", got.Code, got.Err, diff)
	}
}
