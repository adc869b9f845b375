package access_test

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// alice has two buckets, has decided for two others, and asks for a bucket of a third.
func alice() *v1alpha1.Workspace {
	return &v1alpha1.Workspace{
		ObjectMeta: metav1.ObjectMeta{Name: "ws-alice", Namespace: kubectltest.Namespace},
		Spec: v1alpha1.WorkspaceSpec{Storage: v1alpha1.StorageSpec{
			Buckets:        []v1alpha1.Bucket{{Name: "ws-alice"}, {Name: "ws-alice-raw"}},
			AccessRequests: []v1alpha1.AccessRequest{{Bucket: "ws-zoe", Reason: "tiles"}},
			AccessGrants: []v1alpha1.AccessGrant{
				{Bucket: "ws-alice", Grantee: "ws-carol", Permission: v1alpha1.PermissionReadOnly},
				{Bucket: "ws-alice", Grantee: "ws-eve", Permission: v1alpha1.PermissionNone},
			},
		}},
	}
}

// shared is what the server says of it: bob, whose principal is not his workspace's name, and dave wait for an answer; two
// workspaces are named ws-twin.
func shared() *v1alpha1.WorkspaceSharing {
	long := &metav1.Time{Time: time.Now().Add(-2 * time.Hour)}
	return &v1alpha1.WorkspaceSharing{
		Incoming: []v1alpha1.BucketShare{
			{Bucket: "ws-alice", Workspace: "ws-bob", Namespace: "team", Grantee: "bob-keys", State: v1alpha1.ShareRequested, RequestedAt: long, Reason: "S2 mosaics", Message: "waiting"},
			{Bucket: "ws-alice", Workspace: "ws-carol", Namespace: "team", Grantee: "ws-carol", State: v1alpha1.ShareOffered, Permission: v1alpha1.PermissionReadOnly, DecidedAt: long, Message: "not asked"},
			{Bucket: "ws-alice", Workspace: "ws-dave", Namespace: "team", Grantee: "ws-dave", State: v1alpha1.ShareRequested, RequestedAt: long},
			{Bucket: "ws-alice", Grantee: "ws-eve", State: v1alpha1.ShareDenied, Permission: v1alpha1.PermissionNone, DecidedAt: long},
			{Bucket: "ws-alice-raw", Workspace: "ws-twin", Namespace: "one", Grantee: "p1", State: v1alpha1.ShareRequested, RequestedAt: long},
			{Bucket: "ws-alice-raw", Workspace: "ws-twin", Namespace: "two", Grantee: "p2", State: v1alpha1.ShareRequested, RequestedAt: long},
		},
		Outgoing: []v1alpha1.BucketShare{
			{Bucket: "ws-zoe", Workspace: "ws-zoe", Namespace: "team", Grantee: "ws-alice", State: v1alpha1.ShareGranted, Permission: v1alpha1.PermissionReadWrite, RequestedAt: long, DecidedAt: long, Reason: "tiles"},
		},
		Discoverable: []v1alpha1.DiscoverableBucket{{Bucket: "ws-yan", Workspace: "ws-yan", Namespace: "team"}},
	}
}

// server answers sharing, each time with the next of the answers and then with the last; asked is called before.
func server(t *testing.T, asked func(), answers ...*v1alpha1.WorkspaceSharing) *kubectltest.Plugin {
	p := kubectltest.New(t, alice())
	p.Server.PrependReactor("get", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if action.GetSubresource() != "sharing" {
			return false, nil, nil
		}
		asked()
		answer := answers[0]
		if len(answers) > 1 {
			answers = answers[1:]
		}
		return true, answer, nil
	})
	return p
}

func nothing() {}

// state is the requests and the grants in short.
func state(ws *v1alpha1.Workspace) string {
	var state []string
	for _, request := range ws.Spec.Storage.AccessRequests {
		state = append(state, request.Bucket+"?"+request.Reason)
	}
	for _, grant := range ws.Spec.Storage.AccessGrants {
		state = append(state, grant.Bucket+">"+grant.Grantee+"="+string(grant.Permission))
	}
	return strings.Join(state, " ")
}

func TestChanges(t *testing.T) {
	const asks, carol, eve = "ws-zoe?tiles", " ws-alice>ws-carol=ReadOnly", " ws-alice>ws-eve=None"
	for _, test := range []struct {
		promise, args, typed string
		conflicts            int
		code                 int
		out, err             string
		written              string // what is sent; empty: nothing
	}{
		{promise: "several buckets are asked for", args: "request ws-yan ws-xi --reason mosaics", out: "bucket/ws-yan requested\nbucket/ws-xi requested\n",
			written: asks + " ws-yan?mosaics ws-xi?mosaics" + carol + eve},
		{promise: "what is asked for stays", args: "request ws-zoe", out: "bucket/ws-zoe unchanged\n"},
		{promise: "with another reason", args: "request ws-zoe --reason maps", out: "bucket/ws-zoe requested\n", written: "ws-zoe?maps" + carol + eve},
		{promise: "nobody asks for his own", args: "request ws-alice-raw", code: 6, err: "own: ask for one of another"},
		{promise: "some bucket is asked for", args: "request", code: 2, err: "requires at least 1 arg"},
		{promise: "a request is withdrawn", args: "withdraw ws-zoe", out: "bucket/ws-zoe withdrawn\n", written: strings.TrimSpace(carol + eve)},
		{promise: "which there must be", args: "withdraw ws-yan", code: 5, err: `workspace "ws-alice" has no request for "ws-yan": it has ws-zoe`},
		{promise: "all are asked about", args: "withdraw --all", code: 2, err: "loses its access to all buckets of others. Nobody can be asked here"},
		{promise: "all, after a yes", args: "withdraw --all", typed: "y\n", out: "bucket/ws-zoe withdrawn\n", err: "Go on? [y/N]", written: strings.TrimSpace(carol + eve)},

		{promise: "who is granted may read, and may be named by the workspace", args: "grant ws-alice --to ws-bob",
			out: "bucket/ws-alice granted to bob-keys (ReadOnly)\n", written: asks + carol + eve + " ws-alice>bob-keys=ReadOnly"},
		{promise: "several, with a permission in any case, and others' changes are kept", args: "grant ws-alice --to bob-keys,ws-dave --permission readwrite", conflicts: 2,
			out:     "bucket/ws-alice granted to bob-keys (ReadWrite), ws-dave (ReadWrite)\n",
			written: asks + carol + eve + " ws-alice>bob-keys=ReadWrite ws-alice>ws-dave=ReadWrite"},
		{promise: "all who wait", args: "grant ws-alice --all", out: "bucket/ws-alice granted to bob-keys (ReadOnly), ws-dave (ReadOnly)\n",
			written: asks + carol + eve + " ws-alice>bob-keys=ReadOnly ws-alice>ws-dave=ReadOnly"},
		{promise: "a denial becomes a grant", args: "grant ws-alice --to ws-eve", out: "bucket/ws-alice granted to ws-eve (ReadOnly)\n",
			written: asks + carol + " ws-alice>ws-eve=ReadOnly"},
		{promise: "who has access keeps his permission", args: "grant ws-alice --to ws-carol", out: "bucket/ws-alice unchanged\n"},
		{promise: "more than before is warned of", args: "grant ws-alice --to ws-carol --permission ReadWrite --dry-run=server",
			out:     "bucket/ws-alice granted to ws-carol (ReadWrite, was ReadOnly) (server dry run)\n",
			err:     "Warning: this widens what ws-carol may do with ws-alice from ReadOnly to ReadWrite (server dry run)\n",
			written: "All " + asks + " ws-alice>ws-carol=ReadWrite" + eve},
		{promise: "who has not asked is told of", args: "grant ws-alice --to ws-carol --permission WriteOnly",
			out: "bucket/ws-alice granted to ws-carol (WriteOnly, was ReadOnly)\n", err: "ws-carol has not asked for ws-alice: not asked\n",
			written: asks + " ws-alice>ws-carol=WriteOnly" + eve},
		{promise: "an unknown name is taken for a principal", args: "grant ws-alice-raw --to someone --dry-run=client", out: "bucket/ws-alice-raw granted to someone (ReadOnly) (dry run)\n"},
		{promise: "a name of two workspaces is none", args: "grant ws-alice-raw --to ws-twin", code: 2, err: "give the principal of the one you mean, p1 or p2"},
		{promise: "a bucket of another", args: "grant ws-zoe --all", code: 5, err: `workspace "ws-alice" has no bucket "ws-zoe": it has ws-alice, ws-alice-raw`},
		{promise: "to whom?", args: "grant ws-alice", code: 2, err: "give --to PRINCIPAL, or --all"},
		{promise: "to one or to all", args: "grant ws-alice --to ws-bob --all", code: 2, err: "not both"},
		{promise: "an empty name is no name", args: "grant ws-alice --to=,ws-bob", code: 2, err: "not an empty one"},
		{promise: "None is no permission to grant", args: "grant ws-alice --to ws-bob --permission None", code: 2, err: `the command "deny" gives none`},

		{promise: "a request is denied", args: "deny ws-alice --to ws-bob", out: "bucket/ws-alice denied to bob-keys\n", written: asks + carol + eve + " ws-alice>bob-keys=None"},
		{promise: "a grant too", args: "deny ws-alice --to ws-carol", out: "bucket/ws-alice denied to ws-carol\n",
			err: "", written: asks + " ws-alice>ws-carol=None" + eve},
		{promise: "all who wait are denied, and nobody else", args: "deny ws-alice-raw --all", out: "bucket/ws-alice-raw denied to p1, p2\n",
			written: asks + carol + eve + " ws-alice-raw>p1=None ws-alice-raw>p2=None"},
		{promise: "denied again", args: "deny ws-alice --to ws-eve", out: "bucket/ws-alice unchanged\n"},

		{promise: "a grant is taken back", args: "revoke ws-alice --from ws-carol", out: "bucket/ws-alice revoked from ws-carol\n", written: asks + eve},
		{promise: "with the flag of the other verbs", args: "revoke ws-alice --to ws-eve", out: "bucket/ws-alice revoked from ws-eve\n", written: asks + carol},
		{promise: "there must be one", args: "revoke ws-alice --from ws-bob", code: 5, err: `no grant of bucket "ws-alice" for "bob-keys": it has ws-carol, ws-eve`},
		{promise: "all grants are asked about", args: "revoke ws-alice --all", typed: "n\n", code: 1, err: "Nobody else may use bucket ws-alice any more. Go on?"},
		{promise: "all, denials too", args: "revoke ws-alice --all --yes", out: "bucket/ws-alice revoked from ws-carol, ws-eve\n", written: asks},
		{promise: "all of none", args: "revoke ws-alice-raw --all --yes", err: "There are no grants or denials for the bucket \"ws-alice-raw\".\n"},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := server(t, nothing, shared())
			p.Typed = test.typed
			states := p.Writes("access", test.conflicts, state)
			got := p.Run(append([]string{"access"}, append(strings.Fields(test.args), "--workspace", "ws-alice")...)...)
			if got.Code != test.code || got.Out != test.out || !strings.Contains(got.Err, test.err) || test.err == "" && got.Err != "" {
				t.Errorf("exit code %d, want %d; stdout %q, want %q; stderr %q, want %q", got.Code, test.code, got.Out, test.out, got.Err, test.err)
			}
			if sent := strings.Join(*states, "; "); sent != test.written {
				t.Errorf("sent %q, want %q", sent, test.written)
			}
		})
	}
}

func TestNobodyWaits(t *testing.T) {
	for _, verb := range []string{"grant", "deny"} {
		p := server(t, nothing, &v1alpha1.WorkspaceSharing{})
		want := kubectltest.Result{Err: "There are no requests that wait for the bucket \"ws-alice\".\n"}
		if diff := cmp.Diff(want, p.Run("access", verb, "ws-alice", "--all", "--workspace", "ws-alice")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", verb, diff)
		}
	}
}

func TestLists(t *testing.T) {
	for args, want := range map[string]kubectltest.Result{
		"list --incoming": {Out: "" +
			"BUCKET         REQUESTER   PERMISSION   STATE       SINCE   REASON\n" +
			"ws-alice       ws-bob      <none>       Requested   120m    S2 mosaics\n" +
			"ws-alice       ws-carol    ReadOnly     Offered     120m    <none>\n" +
			"ws-alice       ws-dave     <none>       Requested   120m    <none>\n" +
			"ws-alice       ws-eve      None         Denied      120m    <none>\n" +
			"ws-alice-raw   ws-twin     <none>       Requested   120m    <none>\n" +
			"ws-alice-raw   ws-twin     <none>       Requested   120m    <none>\n"},
		"list --outgoing -o wide": {Out: "" +
			"BUCKET   OWNER    PERMISSION   STATE     SINCE   REASON   GRANTEE    MESSAGE\n" +
			"ws-zoe   ws-zoe   ReadWrite    Granted   120m    tiles    ws-alice   <none>\n"},
		"list -o custom-columns=A:.direction,B:.bucket,C:.with,D:.state,E:.message --no-headers --sort-by .with": {Out: "" +
			"Incoming   ws-alice       <none>     Denied      <none>\n" +
			"Incoming   ws-alice       ws-bob     Requested   waiting\n" +
			"Incoming   ws-alice       ws-carol   Offered     not asked\n" +
			"Incoming   ws-alice       ws-dave    Requested   <none>\n" +
			"Incoming   ws-alice-raw   ws-twin    Requested   <none>\n" +
			"Incoming   ws-alice-raw   ws-twin    Requested   <none>\n" +
			"Outgoing   ws-zoe         ws-zoe     Granted     <none>\n"},
		"list --outgoing -o name": {Out: "share/ws-zoe:ws-alice\n"},
		"discover":                {Out: "BUCKET   OWNER\nws-yan   ws-yan\n"},
		"discover -o wide":        {Out: "BUCKET   OWNER    OWNER NAMESPACE\nws-yan   ws-yan   team\n"},
		"discover -o jsonpath={.items[0].ownerNamespace}": {Out: "team"},
	} {
		p := server(t, nothing, shared())
		if diff := cmp.Diff(want, p.Run(append([]string{"access"}, append(strings.Fields(args), "--workspace", "ws-alice")...)...)); diff != "" {
			t.Errorf("access %s (-want +got):\n%s", args, diff)
		}
	}
	if got := server(t, nothing, &v1alpha1.WorkspaceSharing{}).Run("access", "list", "--workspace", "ws-alice"); got.Code != 0 || got.Err != "No shares found.\n" {
		t.Errorf("nothing is shared: %+v", got)
	}
}

func TestListBothDirectionsSaysWhich(t *testing.T) {
	got := server(t, nothing, shared()).Run("access", "list", "--workspace", "ws-alice").Out
	first, rest, _ := strings.Cut(got, "\n")
	if !strings.HasPrefix(first, "DIRECTION   BUCKET         WITH       PERMISSION") || !strings.Contains(rest, "\nOutgoing    ws-zoe         ws-zoe     ReadWrite") {
		t.Errorf("got\n%s", got)
	}
}

// What others ask for changes without the workspace, so a watch of it would see nothing.
func TestListWatchAsksAgain(t *testing.T) {
	later := shared()
	later.Incoming = later.Incoming[1:2]
	later.Incoming[0].State = v1alpha1.ShareGranted
	var p *kubectltest.Plugin
	times := 0
	p = server(t, func() {
		if times++; times == 4 {
			p.Interrupt(util.Interrupted{Signal: syscall.SIGINT})
		}
	}, shared(), shared(), later)
	got := p.Run("access", "list", "--incoming", "--watch", "--no-headers", "--workspace", "ws-alice", "-o", "name")
	if lines := strings.Count(got.Out, "\n"); got.Code != 130 || lines != 7 || !strings.HasSuffix(got.Out, "\nshare/ws-alice:ws-carol\n") {
		t.Errorf("six shares and then the one that has changed: %+v", got)
	}
}

func TestListOfManyLeavesOutWhoCannotBeAsked(t *testing.T) {
	p := server(t, nothing, shared())
	refusals := map[string]error{
		"ws-other": apierrors.NewForbidden(v1alpha1.Resource("workspaces"), "ws-other", errors.New("no")),
		"ws-gone":  apierrors.NewNotFound(v1alpha1.Resource("workspaces"), "ws-gone"),
	}
	for name := range refusals {
		ws := alice()
		ws.Name = name
		if err := p.Server.Tracker().Add(ws); err != nil {
			t.Fatal(err)
		}
	}
	p.Server.PrependReactor("get", "workspaces", func(action clienttesting.Action) (bool, runtime.Object, error) {
		err := refusals[action.(clienttesting.GetAction).GetName()]
		return action.GetSubresource() == "sharing" && err != nil, nil, err
	})
	got := p.Run("access", "list", "--outgoing", "-A", "--no-headers")
	if got.Code != 4 || !strings.HasPrefix(got.Out, "workspace   ws-alice   ws-zoe") || !strings.Contains(got.Err, "ws-other") {
		t.Errorf("those that can be asked, and an error for the other: %+v", got)
	}
	if strings.Contains(got.Err, "ws-gone") {
		t.Errorf("nobody misses what is gone: %+v", got)
	}
}

func TestCompletion(t *testing.T) {
	for args, want := range map[string]string{
		"request ":                     "ws-yan",
		"withdraw ":                    "ws-zoe",
		"grant ":                       "ws-alice ws-alice-raw",
		"grant ws-alice ":              "",
		"grant ws-alice --to ":         "bob-keys ws-dave ws-eve",
		"deny ws-alice --to ":          "bob-keys ws-carol ws-dave",
		"revoke ws-alice --from ":      "ws-carol ws-eve",
		"grant ws-alice --permission ": "ReadOnly ReadWrite WriteOnly",
		"discover ":                    "",
		"list ":                        "",
	} {
		got := server(t, nothing, shared()).Complete(append([]string{"access", "--workspace", "ws-alice"}, strings.Split(args, " ")...)...)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: offers %q, want %q", args, got, want)
		}
	}
}
