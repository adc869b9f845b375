package workspace_test

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func TestEvents(t *testing.T) {
	for _, test := range []struct {
		promise, args string
		prepare       func(*kubectltest.Plugin)
		code          int
		out           []string // in this order; none: nothing
		err           string
	}{
		{promise: "those of the workspace and of its parts, oldest first", args: "events ws-alice",
			out: []string{"LAST SEEN", "earlier workspace", "Workspace/ws-alice", "made the Storage", "BucketMade", "Storage/ws-alice", "Datalab/ws-alice", "no node has room"}},
		{promise: "warnings alone", args: "events ws-alice --types=warning --no-headers -o name", out: []string{"event/2"}},
		{promise: "as JSON", args: "events ws-alice -o jsonpath={.kind}:{.items[*].kind}", out: []string{"EventList:Event Event Event Event"}},
		{promise: "of all workspaces", args: "events --all -o name", out: []string{"event/5", "event/1", "event/3", "event/2"}},
		{promise: "of all namespaces", args: "events -A", out: []string{"NAMESPACE", "workspace"}},
		{promise: "none is no error", args: "events ws-bob", prepare: func(p *kubectltest.Plugin) { named(p, "ws-bob") },
			err: "No events found for workspace ws-bob"},
		{promise: "no workspace is one", args: "events ws-bob", code: util.ExitNotFound, err: "NotFound"},
		{promise: "whoever may not list events is told so", args: "events ws-alice", prepare: func(p *kubectltest.Plugin) {
			p.Cluster.PrependReactor("list", "events", func(clienttesting.Action) (bool, runtime.Object, error) {
				return true, nil, apierrors.NewForbidden(corev1.Resource("events"), "", nil)
			})
		}, code: util.ExitForbidden, err: "Forbidden"},
		{promise: "a wrong type is a usage error", args: "events ws-alice --types=Bad", code: util.ExitUsage, err: "give Normal or Warning"},
		{promise: "a wrong format is a usage error", args: "events ws-alice -o bad", code: util.ExitUsage, err: "bad"},
		{promise: "one or all", args: "events ws-alice --all", code: util.ExitUsage, err: "give one workspace, or --all or -A"},
		{promise: "some workspace must be meant", args: "events", code: util.ExitUsage, err: "which workspace?"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t)
			record(t, p, happened()...)
			if test.prepare != nil {
				test.prepare(p)
			}
			got := p.Run(strings.Fields(test.args)...)
			if got.Code != test.code || !strings.Contains(got.Err, test.err) || !inOrder(got.Out, test.out) {
				t.Errorf("got code %d, stdout %q, stderr %q\nwant code %d, stdout with %q, stderr with %q", got.Code, got.Out, got.Err, test.code, test.out, test.err)
			}
		})
	}
}

func TestEventsGoOnWithWhatHappens(t *testing.T) {
	p := kubectltest.New(t)
	p.Cluster.PrependWatchReactor("events", func(clienttesting.Action) (bool, watch.Interface, error) {
		stream := watch.NewFakeWithChanSize(3, false)
		for i, e := range happened()[:4] {
			kind := []watch.EventType{watch.Added, watch.Modified, watch.Deleted, watch.Added}[i]
			if kind != watch.Deleted {
				stream.Action(kind, e)
			}
		}
		stream.Stop()
		return true, stream, nil
	})
	got := p.Run("events", "ws-alice", "--watch")
	if got.Code != 0 || got.Err != "" || !inOrder(got.Out, []string{"LAST SEEN", "made the Storage", "no node has room"}) || strings.Contains(got.Out, "somebody else's") {
		t.Errorf("got %+v", got)
	}
}

// inOrder says whether the texts stand in a text, one after the other. Where there are none, nothing may.
func inOrder(text string, parts []string) bool {
	if len(parts) == 0 {
		return text == ""
	}
	for _, part := range parts {
		at := strings.Index(text, part)
		if at < 0 {
			return false
		}
		text = text[at+len(part):]
	}
	return true
}

// named makes the server have a workspace of that name.
func named(p *kubectltest.Plugin, name string) {
	ws := whole()
	ws.Name = name
	_ = p.Server.Tracker().Add(ws)
}
