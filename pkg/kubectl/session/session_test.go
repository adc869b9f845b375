package session_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

const url = "https://default.ws-alice.example.org"

var workspaces = v1alpha1.Resource("workspaces")

// alice is the workspace with its session "default" as declared and as the provider reports it.
func alice(state v1alpha1.SessionState, phase, message string) *v1alpha1.Workspace {
	status := v1alpha1.SessionStatus{Name: "default", State: state, Phase: phase, Message: message}
	if phase == "Running" {
		status.URL = url
	}
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace},
		Spec:       v1alpha1.WorkspaceSpec{Sessions: []v1alpha1.Session{{Name: "default", State: state}}},
		Status:     v1alpha1.WorkspaceStatus{Sessions: []v1alpha1.SessionStatus{status}},
	}
}

// reported is alice with a session that the provider reports otherwise than it is declared.
func reported(declared, observed v1alpha1.SessionState, phase string) *v1alpha1.Workspace {
	ws := alice(observed, phase, "")
	ws.Spec.Sessions[0].State = declared
	return ws
}

// launches answers the launch subresource as the server does: with what it was asked for and the present status.
func launches(p *kubectltest.Plugin) *[]metav1.CreateOptions {
	var options []metav1.CreateOptions
	p.Server.PrependReactor("create", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		create := action.(clienttesting.CreateActionImpl)
		options = append(options, create.CreateOptions)
		return create.GetSubresource() == "launch", create.Object, nil
	})
	return &options
}

func TestStartWaitsAndPrintsTheURLAlone(t *testing.T) {
	p := kubectltest.New(t)
	launches(p)
	p.Play(
		reported(v1alpha1.SessionStarted, v1alpha1.SessionStopped, ""),
		alice(v1alpha1.SessionStarted, "Pending", ""),
		alice(v1alpha1.SessionStarted, "Starting", ""),
		alice(v1alpha1.SessionStarted, "Starting", ""),
		alice(v1alpha1.SessionStarted, "Starting", "pulling the image"),
		alice(v1alpha1.SessionStarted, "Running", ""),
	)
	got := p.Run("session", "start", "default", "--workspace", "ws-alice")
	want := kubectltest.Result{Out: url + "\n", Err: `session/default: Requested
session/default: Pending
session/default: Starting
session/default: Starting (pulling the image)
session/default: Running
`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("start (-want +got):\n%s", diff)
	}
}

func TestStart(t *testing.T) {
	started, pending := alice(v1alpha1.SessionStarted, "Running", ""), alice(v1alpha1.SessionStarted, "Pending", "no node has room")
	deleted := pending.DeepCopy()
	deleted.DeletionTimestamp = &metav1.Time{}
	for _, test := range []struct {
		promise string
		args    string
		env     map[string]string
		prepare func(*kubectltest.Plugin)
		code    int
		out     string
		err     string
	}{
		{promise: "a running session gives its url", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) { launches(p); p.Play(started) }, out: url + "\n", err: "session/default: Running"},
		{promise: "the workspace may be named by the environment", args: "session start default",
			env:     map[string]string{"EOEPCA_WORKSPACE": "ws-alice"},
			prepare: func(p *kubectltest.Plugin) { launches(p); p.Play(started) }, out: url + "\n", err: ""},
		{promise: "-o prints the launch with the last state", args: "session start default --workspace ws-alice -o jsonpath={.kind}/{.status.phase}",
			prepare: func(p *kubectltest.Plugin) { launches(p); p.Play(pending, started) }, out: "WorkspaceLaunch/Running", err: ""},
		{promise: "--no-wait comes back at once", args: "session start default --workspace ws-alice --no-wait",
			prepare: func(p *kubectltest.Plugin) { launches(p) }, err: "session/default: start requested"},
		{promise: "a client dry run asks nothing of the server", args: "session start default --workspace ws-alice --dry-run=client",
			prepare: func(p *kubectltest.Plugin) {
				p.Refuse("*", "launch", apierrors.NewInternalError(errors.New("asked")))
			},
			err: "would be started (dry run)"},
		{promise: "a timeout tells the state and that it goes on", args: "session start default --workspace ws-alice --timeout 1ms",
			prepare: func(p *kubectltest.Plugin) { launches(p); p.Play(pending) }, code: 124,
			err: `error: timed out after 1ms: session "default" is Pending (no node has room); it goes on starting`},
		{promise: "an interrupt ends with 130", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				launches(p)
				p.Play(pending)
				p.Server.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
					p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
					return false, nil, nil
				})
			}, code: 130, err: `error: interrupted: session "default" is Pending`},
		{promise: "someone who stops it ends the wait", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				launches(p)
				p.Play(pending, reported(v1alpha1.SessionStopped, v1alpha1.SessionStarted, "Pending"))
			}, code: 6, err: `session "default" was stopped while it was starting`},
		{promise: "a deleted workspace ends the wait", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) { launches(p); p.Play(pending, deleted) }, code: 5, err: `"ws-alice" not found`},
		{promise: "an undeclared session is not found", args: "session start other --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				p.Refuse("create", "launch", apierrors.NewNotFound(v1alpha1.Resource("sessions"), "other"))
			},
			code: 5, err: `Error from server (NotFound): sessions.eoepca.org "other" not found`},
		{promise: "who may not is forbidden", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				p.Refuse("create", "launch", apierrors.NewForbidden(workspaces, "ws-alice", nil))
			},
			code: 4, err: "Error from server (Forbidden)"},
		{promise: "the limit is 6", args: "session start default --workspace ws-alice",
			prepare: func(p *kubectltest.Plugin) {
				p.Refuse("create", "launch", apierrors.NewInvalid(v1alpha1.Kind("Workspace"), "ws-alice",
					field.ErrorList{field.TooMany(field.NewPath("spec", "sessions"), 3, 2)}))
			},
			code: 6, err: "spec.sessions"},
		{promise: "which workspace must be said", args: "session start default", code: 2, err: "--workspace NAME or in $EOEPCA_WORKSPACE"},
		{promise: "which session must be said", args: "session start --workspace ws-alice", code: 2, err: "give at least one NAME, or --all"},
		{promise: "a wrong format changes nothing", args: "session start default --workspace ws-alice -o nonsense", code: 2, err: `"nonsense"`},
		{promise: "a negative timeout is refused", args: "session start default --workspace ws-alice --timeout=-1s", code: 2, err: "--timeout -1s"},
	} {
		t.Run(test.promise, func(t *testing.T) { check(t, test.args, test.env, test.prepare, test.code, test.out, test.err) })
	}
}

func check(t *testing.T, args string, env map[string]string, prepare func(*kubectltest.Plugin), code int, out, errPart string) {
	t.Helper()
	p := kubectltest.New(t)
	if env != nil {
		p.Env = env
	}
	if prepare != nil {
		prepare(p)
	}
	got := p.Run(strings.Fields(args)...)
	if got.Code != code || got.Out != out || !strings.Contains(got.Err, errPart) {
		t.Errorf("%s\ncode %d, want %d\nstdout %q, want %q\nstderr %q, want it to contain %q", args, got.Code, code, got.Out, out, got.Err, errPart)
	}
	if code == util.ExitUsage && len(p.Server.Actions()) > 0 {
		t.Errorf("a usage error reached the server: %v", p.Server.Actions())
	}
}

func TestStartTellsTheServerWhoWritesAndWhetherItIsADryRun(t *testing.T) {
	p := kubectltest.New(t)
	options := launches(p)
	p.Run("session", "start", "default", "--workspace", "ws-alice", "--dry-run=server")
	p.Run("session", "start", "default", "--workspace", "ws-alice", "--no-wait", "--field-manager", "robot")
	want := []metav1.CreateOptions{
		{DryRun: []string{"All"}, FieldManager: "kubectl-workspace"},
		{FieldManager: "robot"},
	}
	if diff := cmp.Diff(want, *options); diff != "" {
		t.Errorf("options (-want +got):\n%s", diff)
	}
}

func TestStopWaitsAndKeepsWhatOthersChange(t *testing.T) {
	running := alice(v1alpha1.SessionStarted, "Running", "")
	p := kubectltest.New(t, running)
	p.Changes(alice(v1alpha1.SessionStopped, "Stopping", ""), alice(v1alpha1.SessionStopped, "Stopped", ""))
	become := func(ws *v1alpha1.Workspace) {
		if err := p.Server.Tracker().Update(v1alpha1.SchemeGroupVersion.WithResource("workspaces"), ws, kubectltest.Namespace); err != nil {
			t.Error(err)
		}
	}
	conflicts := 2
	p.Server.PrependReactor("update", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if conflicts--; conflicts >= 0 {
			// Meanwhile bob becomes a member.
			changed := running.DeepCopy()
			changed.Spec.Members = []v1alpha1.Member{{Name: "bob"}}
			become(changed)
			return true, nil, apierrors.NewConflict(workspaces, "ws-alice", nil)
		}
		sent := action.(clienttesting.UpdateAction).GetObject().(*v1alpha1.Workspace)
		if action.GetSubresource() != "sessions" || len(sent.Spec.Members) != 1 {
			t.Errorf("sent to %q: %+v, want the sessions subresource with what bob's change has left", action.GetSubresource(), sent.Spec)
		}
		become(reported(v1alpha1.SessionStopped, v1alpha1.SessionStarted, "Running"))
		return true, sent, nil
	})
	got := p.Run("session", "stop", "default", "--workspace", "ws-alice")
	want := kubectltest.Result{Out: "session/default stopped\n", Err: `session/default: Requested
session/default: Stopping
session/default: Stopped
`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("stop (-want +got):\n%s", diff)
	}
}

func TestStop(t *testing.T) {
	gone := alice(v1alpha1.SessionStopped, "", "")
	gone.Status.Sessions = nil
	for _, test := range []struct {
		promise string
		args    string
		state   *v1alpha1.Workspace
		code    int
		out     string
		err     string
	}{
		{promise: "a stopped session is stopped", args: "session stop default --workspace ws-alice", state: alice(v1alpha1.SessionStopped, "Stopped", ""),
			out: "session/default stopped\n"},
		{promise: "a session that the provider forgets is stopped", args: "session stop default --workspace ws-alice", state: gone,
			out: "session/default stopped\n"},
		{promise: "-o prints the workspace", args: "session stop default --workspace ws-alice -o name", state: gone,
			out: "workspace.eoepca.org/ws-alice\n"},
		{promise: "a client dry run changes nothing", args: "session stop default --workspace ws-alice --dry-run=client",
			state: alice(v1alpha1.SessionStarted, "Running", ""), out: "session/default stopped (dry run)\n"},
		{promise: "an undeclared session is not found, the declared ones are named", args: "session stop other --workspace ws-alice",
			state: gone, code: 5, err: `error: workspace "ws-alice" declares no session "other": it declares default`},
		{promise: "a missing workspace is not found", args: "session stop default --workspace ws-bob", state: gone, code: 5,
			err: `Error from server (NotFound): workspaces.eoepca.org "ws-bob" not found`},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t, test.state)
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) {
				t.Errorf("got %+v, want code %d, stdout %q, stderr with %q", got, test.code, test.out, test.err)
			}
			for _, action := range p.Server.Actions() {
				if action.GetVerb() == "update" {
					t.Errorf("nothing was to be written, but: %v", action)
				}
			}
		})
	}
}

func TestList(t *testing.T) {
	ws := alice(v1alpha1.SessionStarted, "Running", "all well")
	ws.Spec.Sessions = append(ws.Spec.Sessions, v1alpha1.Session{Name: "gpu", State: v1alpha1.SessionStopped})
	empty := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws-empty", Namespace: kubectltest.Namespace}}
	for _, test := range []struct {
		args string
		want kubectltest.Result
	}{
		{"session list --workspace ws-alice", kubectltest.Result{Out: "" +
			"NAME      STATE     PHASE     URL\n" +
			"default   Started   Running   " + url + "\n" +
			"gpu       Stopped             \n"}},
		{"session list --workspace ws-alice -o wide --no-headers", kubectltest.Result{Out: "" +
			"default   Started   Running   " + url + "   all well\n" +
			"gpu       Stopped                                                    \n"}},
		{"session list --workspace ws-alice -o name", kubectltest.Result{Out: "session/default\nsession/gpu\n"}},
		{"session list --workspace ws-alice -o jsonpath={.kind}:{.items[*].state}", kubectltest.Result{Out: "SessionList:Started Stopped"}},
		{"session list --workspace ws-alice -o custom-columns=A:.name,B:.url --no-headers", kubectltest.Result{Out: "default   " + url + "\ngpu       \n"}},
		{"session list --workspace ws-empty", kubectltest.Result{Err: "No sessions found.\n"}},
		{"session list --workspace ws-empty -o jsonpath={.kind}", kubectltest.Result{Out: "SessionList"}},
	} {
		t.Run(test.args, func(t *testing.T) {
			got := kubectltest.New(t, ws, empty).Run(strings.Fields(test.args)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
