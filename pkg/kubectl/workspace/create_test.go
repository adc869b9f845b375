package workspace_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// ws is the workspace ws-alice whose present spec, of generation 2, is as ready as the condition says.
func ws(status metav1.ConditionStatus, reason, message string, observed int64) *v1alpha1.Workspace {
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace, Generation: 2},
		Status: v1alpha1.WorkspaceStatus{
			ObservedGeneration: observed,
			Conditions:         []metav1.Condition{{Type: "Ready", Status: status, Reason: reason, Message: message}},
		},
	}
}

func TestCreateWaitsUntilTheWholeSpecIsReady(t *testing.T) {
	p := kubectltest.New(t)
	p.Play(
		ws("False", "StorageNotReady", "buckets are being made", 1),
		ws("True", "PartsReady", "", 1),
		ws("True", "PartsReady", "", 2),
	)
	got := p.Run("create", "ws-alice")
	want := kubectltest.Result{Out: "workspace.eoepca.org/ws-alice created\n", Err: `workspace/ws-alice: StorageNotReady (buckets are being made)
workspace/ws-alice: Updating
workspace/ws-alice: Ready
`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCreate(t *testing.T) {
	waiting := ws("False", "StorageNotReady", "buckets are being made", 1)
	for _, test := range []struct {
		promise string
		args    string
		prepare func(*kubectltest.Plugin)
		code    int
		out     string
		err     string
	}{
		{promise: "--no-wait comes back at once", args: "create ws-alice --no-wait", out: "workspace.eoepca.org/ws-alice created\n"},
		{promise: "a dry run says so", args: "create ws-alice --dry-run=server", out: "workspace.eoepca.org/ws-alice created (server dry run)\n"},
		{promise: "flags become the spec",
			args: "create ws-alice --owner alice --member bob=admin,carol --bucket ws-alice --session gpu=Stopped --session default --dry-run=client " +
				"-o jsonpath={.spec.owner}:{.spec.members[*].role}:{.spec.storage.buckets[*].name}:{.spec.sessions[*].state}",
			out: "alice:Admin User:ws-alice:Stopped Started"},
		{promise: "-o prints the ready workspace", args: "create ws-alice -o jsonpath={.status.observedGeneration}",
			prepare: func(p *kubectltest.Plugin) { p.Play(waiting, ws("True", "PartsReady", "", 2)) }, out: "2", err: "Ready"},
		{promise: "a timeout tells what is missing", args: "create ws-alice --timeout 1ms",
			prepare: func(p *kubectltest.Plugin) { p.Play(waiting) }, code: 124, out: "workspace.eoepca.org/ws-alice created\n",
			err: `error: timed out after 1ms: workspace "ws-alice" is StorageNotReady (buckets are being made); it exists and goes on becoming ready
  hint: kubectl wait --for=condition=Ready workspace/ws-alice -n workspace`},
		{promise: "an existing name is a conflict", args: "create ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				p.Refuse("create", "", apierrors.NewAlreadyExists(v1alpha1.Resource("workspaces"), "ws-alice"))
			},
			code: 6, err: "Error from server (AlreadyExists)"},
		{promise: "an unknown role is a usage error", args: "create ws-alice --member bob=Boss", code: 2, err: `--member "bob=Boss": after the = give User or Admin`},
		{promise: "a member without a name is a usage error", args: "create ws-alice --member =Admin", code: 2, err: `the name is missing`},
		{promise: "two names are a usage error", args: "create ws-alice ws-bob", code: 2, err: "give exactly one NAME, not 2"},
		{promise: "an unknown dry run is a usage error", args: "create ws-alice --dry-run=maybe", code: 2, err: "maybe"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t)
			if test.prepare != nil {
				test.prepare(p)
			}
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) {
				t.Errorf("got code %d, stdout %q, stderr %q\nwant code %d, stdout %q, stderr with %q", got.Code, got.Out, got.Err, test.code, test.out, test.err)
			}
		})
	}
}
