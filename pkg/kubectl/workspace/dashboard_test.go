package workspace

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	clienttesting "k8s.io/client-go/testing"
	testingclock "k8s.io/utils/clock/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/fake"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func seen() *v1alpha1.Workspace {
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-ünïcode", Namespace: "workspace"},
		Spec: v1alpha1.WorkspaceSpec{
			Owner:    "alice",
			Storage:  v1alpha1.StorageSpec{Buckets: []v1alpha1.Bucket{{Name: strings.Repeat("very-long-", 12)}}},
			Sessions: []v1alpha1.Session{{Name: "default", State: v1alpha1.SessionStarted}},
		},
		Status: v1alpha1.WorkspaceStatus{
			Conditions: []metav1.Condition{{Type: "Ready", Status: "False", Reason: "PartsNotReady", Message: strings.Repeat("no node has room ", 20)}},
			Sessions:   []v1alpha1.SessionStatus{{Name: "default", Phase: "Pending", Message: "\xff invalid \n lines"}},
		},
	}
}

func TestTheDashboardFitsTheTerminal(t *testing.T) {
	k := &known{Workspace: seen(), hidden: map[string]string{"sharing": "not allowed", "usage": "not allowed"}}
	longest := 0
	for _, line := range draw(dashboard(k), util.Style{}, 0) {
		longest = max(longest, utf8.RuneCountInString(line))
	}
	if longest < 200 {
		t.Errorf("without a terminal lines are whole, the longest has %d characters", longest)
	}
	for _, width := range []int{200, 80, 20, 2, 1} {
		for _, line := range draw(dashboard(k), util.Style{}, width) {
			if n := utf8.RuneCountInString(line); n >= width {
				t.Errorf("at %d columns: %d characters in %q", width, n, line)
			}
			if strings.ContainsAny(line, "\n\t") {
				t.Errorf("more than a line: %q", line)
			}
		}
	}
}

// Whoever asks for a bucket gives a reason, and must not come to speak to the terminal of its owner.
func TestWhatOthersWriteDoesNotSteerTheTerminal(t *testing.T) {
	const steers = "\x1b[2J\x1b]0;mine\a\u009bx"
	ws := seen()
	ws.Spec.Owner, ws.Spec.Members, ws.Status.Conditions[0].Message = "al\x1bice", []v1alpha1.Member{{Name: "bob\x1b"}}, steers
	ws.Status.Sessions[0].URL, ws.Status.Sessions[0].Phase = "https://x"+steers, "Pending"+steers
	k := &known{Workspace: ws, sharing: &v1alpha1.WorkspaceSharing{
		Incoming: []v1alpha1.BucketShare{{Bucket: "b", Grantee: "eric" + steers, State: v1alpha1.ShareRequested, Reason: steers + "please"}},
	}}
	for _, line := range draw(dashboard(k), util.Style{}, 0) {
		if strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("the dashboard: %q", line)
		}
	}
	for _, f := range facts(k) {
		for _, line := range changes(nil, []fact{f}) {
			if strings.ContainsFunc(line, unicode.IsControl) {
				t.Errorf("the log: %q", line)
			}
		}
	}
	var described bytes.Buffer
	if err := describeWorkspace(&described, k); err != nil || strings.Contains(described.String(), "\x1b") {
		t.Errorf("describe: %q, %v", described.String(), err)
	}
}

// screenful hands on what is painted.
type screenful chan string

func (s screenful) Write(p []byte) (int, error) { s <- string(p); return len(p), nil }

func TestTheDashboardStaysInView(t *testing.T) {
	server := fake.NewClientset(seen())
	states := watch.NewFake()
	server.PrependWatchReactor("workspaces", func(clienttesting.Action) (bool, watch.Interface, error) { return true, states, nil })
	server.PrependReactor("get", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() != "", nil, apierrors.NewForbidden(v1alpha1.Resource("workspaces"), "", nil)
	})
	clock := testingclock.NewFakeClock(time.Unix(0, 0))
	f := util.NewFactory(genericiooptions.IOStreams{In: &bytes.Buffer{}, Out: &bytes.Buffer{}, ErrOut: &bytes.Buffer{}})
	f.Clientset, f.Clock = func() (versioned.Interface, error) { return server, nil }, clock
	o := &statusOptions{Factory: f, workspace: util.WorkspaceFlag{Name: seen().Name}, client: server.EoepcaV1alpha1().Workspaces("workspace")}
	painted, ended := make(screenful), make(chan error, 1)
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		ended <- o.keepInView(ctx, util.NewScreen(painted, func() (int, int) { return 80, 24 }))
	}()
	if first := <-painted; !strings.Contains(first, "✗ PartsNotReady") || strings.HasPrefix(first, "\r") {
		t.Errorf("at first: %q", first)
	}
	ready := seen()
	ready.Status.Conditions[0].Status = "True"
	states.Modify(ready)
	if next := <-painted; !strings.HasPrefix(next, "\r\x1b[") || !strings.Contains(next, "✔ Ready") {
		t.Errorf("after a change: %q", next)
	}
	cancel(context.DeadlineExceeded)
	if err := <-ended; err == nil {
		t.Error("an interrupted watch must not be a success")
	}
}
