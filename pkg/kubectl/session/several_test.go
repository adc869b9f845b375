package session_test

import (
	"context"
	"slices"
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

// team is a workspace with sessions, each as NAME=STATE/PHASE; without a slash the provider says nothing of it.
func team(sessions ...string) *v1alpha1.Workspace {
	ws := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace}}
	for _, text := range sessions {
		name, rest, _ := strings.Cut(text, "=")
		state, phase, told := strings.Cut(rest, "/")
		ws.Spec.Sessions = append(ws.Spec.Sessions, v1alpha1.Session{Name: name, State: v1alpha1.SessionState(state)})
		if !told {
			continue
		}
		status := v1alpha1.SessionStatus{Name: name, State: v1alpha1.SessionState(state), Phase: phase}
		if phase == "Running" {
			status.URL = "https://" + name + ".example.org"
		}
		ws.Status.Sessions = append(ws.Status.Sessions, status)
	}
	return ws
}

// undeclared is a workspace whose provider still tells of a session that is declared no longer.
func undeclared(ws *v1alpha1.Workspace, name string) *v1alpha1.Workspace {
	ws.Spec.Sessions = slices.DeleteFunc(ws.Spec.Sessions, func(s v1alpha1.Session) bool { return s.Name == name })
	return ws
}

// serve has the server keep what is written, and tell watches what comes of it.
func serve(t *testing.T, before *v1alpha1.Workspace, after ...*v1alpha1.Workspace) *kubectltest.Plugin {
	t.Helper()
	p := kubectltest.New(t, before)
	launches(p)
	p.Changes(after...)
	return p
}

func TestSeveralSessions(t *testing.T) {
	for _, test := range []struct {
		promise string
		args    string
		before  *v1alpha1.Workspace
		after   []*v1alpha1.Workspace
		want    kubectltest.Result
	}{
		{promise: "start waits for all, and names what is where", args: "session start a b a",
			before: team("a=Started/Pending", "b=Started/Pending"),
			after:  []*v1alpha1.Workspace{team("a=Started/Pending", "b=Started/Running"), team("a=Started/Running", "b=Started/Running")},
			want: kubectltest.Result{Out: "a https://a.example.org\nb https://b.example.org\n",
				Err: "session/a: Pending\nsession/b: Pending\nsession/b: Running\nsession/a: Running\n"}},
		{promise: "start --all means the declared ones", args: "session start --all --no-wait", before: team("a=Stopped", "b=Stopped"),
			want: kubectltest.Result{Err: "session/a: start requested\nsession/b: start requested\n"}},
		{promise: "one that is stopped meanwhile does not hold up the other", args: "session start a b",
			before: team("a=Started/Pending", "b=Started/Pending"),
			after:  []*v1alpha1.Workspace{team("a=Stopped/Pending", "b=Started/Pending"), team("a=Stopped/Pending", "b=Started/Running")},
			want: kubectltest.Result{Code: 6, Out: "b https://b.example.org\n",
				Err: "session/a: Pending\nsession/b: Pending\nsession/b: Running\nerror: session \"a\" was stopped while it was starting\n"}},
		{promise: "stop waits for all", args: "session stop --all", before: team("a=Started/Running", "b=Started/Running", "c=Stopped"),
			after: []*v1alpha1.Workspace{team("a=Stopped/Stopping", "b=Stopped", "c=Stopped"), team("a=Stopped", "b=Stopped", "c=Stopped")},
			want: kubectltest.Result{Out: "session/a stopped\nsession/b stopped\nsession/c stopped\n",
				Err: "session/a: Requested\nsession/b: Requested\nsession/c: Stopped\nsession/a: Stopping\nsession/b: Stopped\nsession/a: Stopped\n"}},
		{promise: "one that is not declared, and none is stopped", args: "session stop a x --no-wait", before: team("a=Started/Running"),
			want: kubectltest.Result{Code: 5, Err: "error: workspace \"ws-alice\" declares no session \"x\": it declares a\n"}},
		{promise: "--all of none", args: "session stop --all", before: team(), want: kubectltest.Result{Err: "No sessions found.\n"}},
		{promise: "--all of none, to start", args: "session start --all", before: team(), want: kubectltest.Result{Err: "No sessions found.\n"}},
		{promise: "--all of none, to restart", args: "session restart --all", before: team(), want: kubectltest.Result{Err: "No sessions found.\n"}},
		{promise: "names and --all", args: "session stop a --all", before: team(),
			want: kubectltest.Result{Code: 2, Err: "error: give names or --all, not both\n  hint: kubectl workspace session stop --help\n"}},

		{promise: "delete waits until the provider has let go", args: "session delete a --yes", before: team("a=Started/Running"),
			after: []*v1alpha1.Workspace{undeclared(team("a=Started/Stopping"), "a"), team()},
			want:  kubectltest.Result{Out: "session/a deleted\n", Err: "session/a: Requested\nsession/a: Stopping\nsession/a: Deleted\n"}},
		{promise: "delete of all", args: "session delete --all --yes --no-wait", before: team("a=Started", "b=Stopped"),
			want: kubectltest.Result{Out: "session/a deleted\nsession/b deleted\n"}},
		{promise: "what is declared again ends the wait", args: "session delete a --yes", before: team("a=Started/Running"),
			after: []*v1alpha1.Workspace{team("a=Started/Running")},
			want:  kubectltest.Result{Code: 6, Err: "session/a: Requested\nerror: session \"a\" was declared again while it was being deleted\n"}},
		{promise: "nobody can be asked", args: "session delete a", before: team("a=Started"),
			want: kubectltest.Result{Code: 2, Err: "error: Session a of workspace ws-alice is deleted, with its volume and all files that are in no bucket. " +
				"Nobody can be asked here: agree with --yes\n  hint: kubectl workspace session delete --help\n"}},
		{promise: "a dry run needs no agreement", args: "session delete a --dry-run=server", before: team("a=Started"),
			want: kubectltest.Result{Out: "session/a deleted (server dry run)\n"}},

		{promise: "create declares what somebody starts later", args: "session create a b", before: team(),
			want: kubectltest.Result{Out: "session/a created\nsession/b created\n"}},
		{promise: "create --start waits and prints the URL", args: "session create b --start", before: team("a=Stopped"),
			after: []*v1alpha1.Workspace{team("a=Stopped", "b=Started/Pending"), team("a=Stopped", "b=Started/Running")},
			want: kubectltest.Result{Out: "session/b created\nhttps://b.example.org\n",
				Err: "session/b: Waiting\nsession/b: Pending\nsession/b: Running\n"}},
		{promise: "create does not take what is there", args: "session create a", before: team("a=Stopped"),
			want: kubectltest.Result{Code: 6, Err: "error: workspace \"ws-alice\" declares a session \"a\" already, which is Stopped\n" +
				"  hint: kubectl workspace session start a --workspace ws-alice\n"}},
		{promise: "flags that contradict each other", args: "session create a --start --state stopped", before: team(),
			want: kubectltest.Result{Code: 2, Err: "error: --start and --state Stopped contradict each other: give one of them\n" +
				"  hint: kubectl workspace session create --help\n"}},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := serve(t, test.before, test.after...)
			got := p.Run(append(strings.Fields(test.args), "--workspace", "ws-alice")...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.args, diff)
			}
		})
	}
}

func TestCreateWritesTheStateAskedFor(t *testing.T) {
	p := serve(t, team())
	p.Run("session", "create", "a", "--workspace", "ws-alice")
	p.Run("session", "create", "b", "--state", "started", "--no-wait", "--workspace", "ws-alice")
	ws, err := p.Server.EoepcaV1alpha1().Workspaces(kubectltest.Namespace).Get(t.Context(), "ws-alice", metav1.GetOptions{})
	if diff := cmp.Diff(team("a=Stopped", "b=Started").Spec, ws.Spec); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAtTheLimitCreateSaysWhatToDo(t *testing.T) {
	p := serve(t, team())
	p.Refuse("update", "sessions", apierrors.NewInvalid(v1alpha1.Kind("Workspace"), "ws-alice",
		field.ErrorList{field.TooMany(field.NewPath("spec", "sessions"), 4, 3)}))
	got := p.Run("session", "create", "a", "--workspace", "ws-alice")
	if got.Code != 6 || !strings.Contains(got.Err, "must have at most 3 items") || !strings.Contains(got.Err, "hint: delete one that nobody needs") {
		t.Errorf("%+v", got)
	}
}

// Each restart is two waits, hence two watches.
func restarts(t *testing.T, between, after []*v1alpha1.Workspace) *kubectltest.Plugin {
	t.Helper()
	p := serve(t, team("a=Started/Running"))
	rounds := [][]*v1alpha1.Workspace{between, after}
	p.Server.PrependWatchReactor("workspaces", func(clienttesting.Action) (bool, watch.Interface, error) {
		states := rounds[0]
		rounds = rounds[1:]
		watcher := watch.NewFakeWithChanSize(len(states), false)
		for _, state := range states {
			watcher.Modify(state)
		}
		return true, watcher, nil
	})
	p.Server.PrependReactor("create", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		ws := team("a=Started/Pending")
		return false, nil, p.Server.Tracker().Update(v1alpha1.SchemeGroupVersion.WithResource("workspaces"), ws, kubectltest.Namespace)
	})
	return p
}

func TestRestartStopsThenStarts(t *testing.T) {
	p := restarts(t,
		[]*v1alpha1.Workspace{team("a=Stopped/Stopping"), team("a=Stopped/Stopped")},
		[]*v1alpha1.Workspace{team("a=Started/Starting"), team("a=Started/Running")})
	got := p.Run("session", "restart", "a", "--workspace", "ws-alice")
	want := kubectltest.Result{Out: "https://a.example.org\n", Err: "session/a: Requested\nsession/a: Stopping\nsession/a: Stopped\n" +
		"session/a: Pending\nsession/a: Starting\nsession/a: Running\n"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestARestartThatIsInterruptedSaysThatItIsNotStartedAgain(t *testing.T) {
	p := restarts(t, []*v1alpha1.Workspace{team("a=Stopped/Stopping")}, nil)
	p.Server.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
		p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
		return false, nil, nil
	})
	got := p.Run("session", "restart", "a", "--workspace", "ws-alice")
	if got.Code != 130 || !strings.Contains(got.Err, `interrupted: session "a" is `) || !strings.Contains(got.Err, "; it is not started again\n") ||
		!strings.Contains(got.Err, "hint: kubectl workspace session start a --workspace ws-alice") {
		t.Errorf("%+v", got)
	}
	for _, action := range p.Server.Actions() {
		if action.GetSubresource() == "launch" {
			t.Error("it is started all the same")
		}
	}
}

// What a request that was cut short has done is not known: what may be left stopped is said, and how to start it.
func TestARestartThatIsInterruptedInARequestSaysWhatMayBeLeftStopped(t *testing.T) {
	for _, test := range []struct{ promise, verb, subresource, want string }{
		{"the stop", "update", "sessions", "error: interrupted: the server has not confirmed the stop of session/a: what has stopped is not started again\n" +
			"  hint: kubectl workspace session start a --workspace ws-alice -n workspace\n"},
		{"the start", "create", "launch", "error: interrupted: the server has not confirmed that session \"a\" starts: it may be left stopped\n" +
			"  hint: kubectl workspace session start a --workspace ws-alice -n workspace\n"},
	} {
		p := restarts(t, []*v1alpha1.Workspace{team("a=Stopped/Stopped")}, nil)
		p.Server.PrependReactor(test.verb, "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
			if action.GetSubresource() != test.subresource {
				return false, nil, nil
			}
			p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
			return true, nil, context.Canceled
		})
		got := p.Run("session", "restart", "a", "--workspace", "ws-alice")
		if got.Code != 130 || !strings.HasSuffix(got.Err, test.want) {
			t.Errorf("%s: %+v", test.promise, got)
		}
	}
}

// One that fails must not hide what is said of the others.
func TestAnInterruptSaysWhatGoesOnBesideWhatHasFailed(t *testing.T) {
	p := serve(t, team("a=Started/Pending"))
	p.Server.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) {
		p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
		return false, nil, nil
	})
	got := p.Run("session", "start", "missing", "a", "--workspace", "ws-alice")
	for _, want := range []string{`declares no session "missing"`, `interrupted: session "a" is `, "; it goes on starting\n", "hint: kubectl workspace session list"} {
		if got.Code != 130 || !strings.Contains(got.Err, want) {
			t.Errorf("%+v lacks %q", got, want)
		}
	}
}

func TestDeleteAsks(t *testing.T) {
	for _, test := range []struct {
		args, typed string
		code        int
		question    string
	}{
		{"session delete a", "a\n", 0, `Type "a" to go on: `},
		{"session delete a", "y\n", 1, `Type "a" to go on: `},
		{"session delete a", "\n", 1, `Type "a" to go on: `},
		{"session delete a b", "ws-alice\n", 0, `Sessions a, b of workspace ws-alice are deleted`},
		{"session delete --all", "ws-alice\n", 0, `Sessions a, b, c of workspace ws-alice are deleted`},
		{"session delete x", "x\n", 5, `declares no session "x"`},
	} {
		p := serve(t, team("a=Stopped", "b=Stopped", "c=Stopped"))
		p.Typed = test.typed
		got := p.Run(append(strings.Fields(test.args), "--workspace", "ws-alice", "--no-wait")...)
		if got.Code != test.code || !strings.Contains(got.Err, test.question) {
			t.Errorf("%s, and %q is typed: %+v, want code %d and %q", test.args, test.typed, got, test.code, test.question)
		}
		written := slices.ContainsFunc(p.Server.Actions(), func(a clienttesting.Action) bool { return a.GetVerb() == "update" })
		if written != (test.code == 0) {
			t.Errorf("%s, and %q is typed: written is %v", test.args, test.typed, written)
		}
	}
}
