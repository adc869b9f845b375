package workspace_test

import (
	"context"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// deleted are the deletions that the server was asked for.
func deleted(p *kubectltest.Plugin) (asked []clienttesting.DeleteActionImpl) {
	for _, action := range p.Server.Actions() {
		if d, ok := action.(clienttesting.DeleteActionImpl); ok {
			asked = append(asked, d)
		}
	}
	return asked
}

func TestDelete(t *testing.T) {
	const gone = `workspace.eoepca.org "ws-alice" deleted from workspace namespace` + "\n"
	const other = `workspace.eoepca.org "ws-bob" deleted from workspace namespace` + "\n"
	for _, test := range []struct {
		promise, args, typed string
		code                 int
		out, err             string
		deletes              []string
	}{
		{promise: "the name is typed", args: "delete ws-alice", typed: "ws-alice\n", out: gone, deletes: []string{"ws-alice"},
			err: "This deletes workspace ws-alice with 1 bucket, 2 sessions, 2 stores in namespace workspace, for good. Type \"ws-alice\" to go on: "},
		{promise: "another name changes nothing", args: "delete ws-alice", typed: "y\n", code: util.ExitError, err: "not agreed"},
		{promise: "of several, how many is typed", args: "delete ws-alice ws-bob", typed: "delete 2 workspaces\n", out: gone + other,
			deletes: []string{"ws-alice", "ws-bob"}, err: "2 workspaces (ws-alice, ws-bob) with 2 buckets, 4 sessions, 4 stores"},
		{promise: "a name that is typed twice is one", args: "delete ws-alice ws-alice --no-wait", typed: "ws-alice\n", out: gone, deletes: []string{"ws-alice"}},
		{promise: "nobody can be asked", args: "delete ws-alice", code: util.ExitUsage, err: "agree with --yes"},
		{promise: "--yes asks nothing", args: "delete ws-alice --yes", out: gone, deletes: []string{"ws-alice"}, err: "workspace/ws-alice: Gone"},
		{promise: "all", args: "delete --all --yes --no-wait", out: gone + other, deletes: []string{"ws-alice", "ws-bob"}},
		{promise: "by label", args: "delete -l team=sentinel --yes --wait=false -o name", out: "workspace.eoepca.org/ws-alice\n", deletes: []string{"ws-alice"}},
		{promise: "none with the label", args: "delete -l team=other --yes", err: "No workspaces found in workspace namespace."},
		{promise: "a missing one keeps the others", args: "delete ws-alice ws-carol --yes", code: util.ExitNotFound, err: "NotFound"},
		{promise: "unless that is fine", args: "delete ws-alice ws-carol --yes --ignore-not-found", out: gone, deletes: []string{"ws-alice"}},
		{promise: "a client's dry run asks nobody", args: "delete ws-alice --dry-run=client", out: strings.TrimSuffix(gone, "\n") + " (dry run)\n"},
		{promise: "names or all", args: "delete ws-alice --all", code: util.ExitUsage, err: "give names or --all"},
		{promise: "names or label", args: "delete ws-alice -l a=b", code: util.ExitUsage, err: "names or a selector"},
		{promise: "label or all", args: "delete -l a=b --all", code: util.ExitUsage, err: "a selector (-l) or --all"},
		{promise: "something is named", args: "delete", code: util.ExitUsage, err: "which workspaces?"},
		{promise: "an unknown cascade", args: "delete ws-alice --cascade maybe", code: util.ExitUsage, err: "give background, foreground or orphan"},
		{promise: "an unknown format", args: "delete ws-alice -o yaml", code: util.ExitUsage, err: "give name"},
		{promise: "a name that is none", args: "delete ../x", code: util.ExitUsage, err: "is no name of a workspace"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, whole())
			bob := whole()
			bob.Name, bob.UID, bob.Labels = "ws-bob", "u-bob", nil
			if err := p.Server.Tracker().Add(bob); err != nil {
				t.Fatal(err)
			}
			p.Typed = test.typed
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) {
				t.Errorf("got code %d, stdout %q, stderr %q\nwant code %d, stdout %q, stderr with %q", got.Code, got.Out, got.Err, test.code, test.out, test.err)
			}
			var names []string
			for _, d := range deleted(p) {
				names = append(names, d.Name)
			}
			if diff := cmp.Diff(test.deletes, names); diff != "" {
				t.Errorf("deleted (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDeleteMeansTheWorkspaceThatWasShown(t *testing.T) {
	p := kubectltest.New(t, whole())
	if got := p.Run("delete", "ws-alice", "--yes", "--cascade=foreground", "--dry-run=server"); got.Code != 0 || !strings.Contains(got.Out, "(server dry run)") {
		t.Fatalf("got %+v", got)
	}
	uid, foreground := types.UID("u-ws"), metav1.DeletePropagationForeground
	want := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &foreground, DryRun: []string{"All"}}
	if diff := cmp.Diff(want, deleted(p)[0].DeleteOptions); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// leaving is ws-alice while it is being deleted.
func leaving(message string) *v1alpha1.Workspace {
	ws := ws("False", "Terminating", message, 2)
	now := metav1.Now()
	ws.DeletionTimestamp = &now
	return ws
}

func TestDeleteFollows(t *testing.T) {
	waits := leaving("waiting for the Storage (finalizers composite) to go")
	anew := ws("True", "PartsReady", "", 2)
	anew.UID = "another"
	for _, test := range []struct {
		promise, args string
		states        []*v1alpha1.Workspace
		code          int
		err           string
	}{
		{"until it is gone, and says what it waits for", "--timeout 1m", []*v1alpha1.Workspace{waits, leaving("")}, 0,
			"workspace/ws-alice: Terminating (waiting for the Storage to go)\nworkspace/ws-alice: Gone\n"},
		{"until another has the name", "", []*v1alpha1.Workspace{waits, anew}, 0, "workspace/ws-alice: Gone\n"},
		{"as long as allowed", "--timeout 1ms", []*v1alpha1.Workspace{waits}, util.ExitTimeout,
			"timed out after 1ms: workspace \"ws-alice\" is Terminating (waiting for the Storage (finalizers composite) to go); it goes on being deleted\n" +
				"  hint: kubectl workspace describe ws-alice -n workspace\n"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, ws("True", "PartsReady", "", 2))
			p.Play(test.states...)
			p.Server.PrependReactor("delete", "workspaces", clienttesting.ObjectReaction(p.Server.Tracker()))
			got := p.Run(strings.Fields("delete ws-alice --yes " + test.args)...)
			if got.Code != test.code || !strings.Contains(got.Err, test.err) {
				t.Errorf("got %+v, want code %d and stderr with %q", got, test.code, test.err)
			}
		})
	}
}

func TestDeleteTellsARefusal(t *testing.T) {
	p := kubectltest.New(t, whole())
	p.Refuse("delete", "", apierrors.NewForbidden(v1alpha1.Resource("workspaces"), "ws-alice", nil))
	if got := p.Run("delete", "ws-alice", "--yes"); got.Code != util.ExitForbidden || got.Out != "" {
		t.Errorf("got %+v", got)
	}
}

// What a request that was cut short has done is not known, and said so.
func TestAnInterruptedRequestIsNotConfirmed(t *testing.T) {
	for _, test := range []struct{ args, verb, want string }{
		{"delete ws-alice --yes", "delete", "error: interrupted: the server has not confirmed the deletion of workspace \"ws-alice\", which may go on\n" +
			"  hint: kubectl workspace status ws-alice -n workspace\n"},
		{"create ws-new", "create", "error: interrupted: the server has not confirmed workspace \"ws-new\", which may have been created\n" +
			"  hint: kubectl workspace status ws-new -n workspace\n"},
		{"member add dave --workspace ws-alice", "update", "error: interrupted: the server has not confirmed the change of workspace \"ws-alice\", which may have been made\n" +
			"  hint: kubectl workspace describe ws-alice -n workspace\n"},
		{"member add dave --workspace ws-alice", "get", ""},
		{"member add dave --workspace ws-alice --dry-run=server", "update", ""},
		{"create ws-new --dry-run=server", "create", ""},
		{"delete ws-alice --dry-run=server", "delete", ""},
	} {
		p := kubectltest.New(t, &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace}})
		p.Server.PrependReactor(test.verb, "workspaces", func(clienttesting.Action) (bool, runtime.Object, error) {
			p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
			return true, nil, context.Canceled
		})
		got := p.Run(strings.Fields(test.args)...)
		if diff := cmp.Diff(kubectltest.Result{Code: 130, Err: test.want}, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.args, diff)
		}
	}
}
