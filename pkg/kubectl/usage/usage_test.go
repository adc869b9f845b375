package usage_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

func using(t *testing.T, storage v1alpha1.StorageUsage) *kubectltest.Plugin {
	p := kubectltest.New(t)
	p.Server.PrependReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == "usage", &v1alpha1.WorkspaceUsage{ObjectMeta: metav1.ObjectMeta{Name: "ws-alice"}, Storage: storage}, nil
	})
	return p
}

// storage is usage under a quota; quota "" is none.
func storage(requested, quota, remaining string, claims ...v1alpha1.VolumeClaimUsage) v1alpha1.StorageUsage {
	usage := v1alpha1.StorageUsage{Requested: resource.MustParse(requested), Claims: claims}
	if quota != "" {
		limit, left := resource.MustParse(quota), resource.MustParse(remaining)
		usage.Quota, usage.Remaining = &limit, &left
	}
	return usage
}

var (
	home = v1alpha1.VolumeClaimUsage{Name: "home", Size: resource.MustParse("4Gi"), Phase: "Bound"}
	data = v1alpha1.VolumeClaimUsage{Name: "data", Size: resource.MustParse("512Mi"), Phase: "Pending"}
	some = storage("4608Mi", "10Gi", "5632Mi", data, home)
)

func TestUsage(t *testing.T) {
	for _, test := range []struct {
		promise  string
		args     string
		terminal bool
		storage  v1alpha1.StorageUsage
		want     kubectltest.Result
	}{
		{
			promise: "a row for programs", storage: some,
			want: kubectltest.Result{Out: "REQUESTED   QUOTA   REMAINING   USED   CLAIMS\n4608Mi      10Gi    5632Mi      45%    2\n"},
		},
		{
			promise: "without a quota", args: "--no-headers --fail-above 0%", storage: storage("4Gi", "", "", home),
			want: kubectltest.Result{Out: "4Gi   <none>   <none>   <none>   1\n"},
		},
		{
			promise: "each claim", args: "-o wide", storage: some,
			want: kubectltest.Result{Out: "REQUESTED   QUOTA   REMAINING   USED   CLAIMS\n4608Mi      10Gi    5632Mi      45%    2\n\n" +
				"CLAIM   SIZE    PHASE\ndata    512Mi   Pending\nhome    4Gi     Bound\n"},
		},
		{
			promise: "a bar for people", terminal: true, storage: some,
			want: kubectltest.Result{Out: "Persistent storage of ws-alice\n  ███████████░░░░░░░░░░░░░  45%\n  4608Mi of 10Gi requested\n  5632Mi free\n\n" +
				"CLAIM   SIZE    PHASE\ndata    512Mi   Pending\nhome    4Gi     Bound\n"},
		},
		{
			promise: "a bar is full only when nothing is left", terminal: true, storage: storage("9999Mi", "10Gi", "241Mi"),
			want: kubectltest.Result{Out: "Persistent storage of ws-alice\n  ███████████████████████░  98%\n  9999Mi of 10Gi requested\n  241Mi free\n"},
		},
		{
			promise: "more than all, after the quota was lowered", terminal: true, storage: storage("20Gi", "10Gi", "0"),
			want: kubectltest.Result{Out: "Persistent storage of ws-alice\n  ████████████████████████  200%\n  20Gi of 10Gi requested\n  0 free\n"},
		},
		{
			promise: "a bar is empty only when nothing is requested", terminal: true, storage: storage("1Mi", "100Gi", "102399Mi"),
			want: kubectltest.Result{Out: "Persistent storage of ws-alice\n  █░░░░░░░░░░░░░░░░░░░░░░░  1%\n  1Mi of 100Gi requested\n  102399Mi free\n"},
		},
		{
			promise: "no bar without a quota", terminal: true, storage: storage("0", "", ""),
			want: kubectltest.Result{Out: "Persistent storage of ws-alice\n  0 requested, no quota\n"},
		},
		{
			promise: "kubectl's formats", args: "-o jsonpath={.kind}:{.storage.remaining}", storage: some,
			want: kubectltest.Result{Out: "WorkspaceUsage:5632Mi"},
		},
		{
			promise: "the limit itself is not above it", args: "--fail-above 90% --no-headers", storage: storage("9Gi", "10Gi", "1Gi"),
			want: kubectltest.Result{Out: "9Gi   10Gi   1Gi   90%   0\n"},
		},
		{
			promise: "above the limit", args: "--fail-above 90 --no-headers", storage: storage("9217Mi", "10Gi", "1023Mi"),
			want: kubectltest.Result{Code: 3, Out: "9217Mi   10Gi   1023Mi   91%   0\n",
				Err: "error: workspace \"ws-alice\" requests 9217Mi of 10Gi, 91%: more than 90%\n"},
		},
		{
			promise: "something of nothing", args: "--fail-above 100% -o jsonpath={.storage.quota}", storage: storage("1Gi", "0", "0"),
			want: kubectltest.Result{Code: 3, Out: "0", Err: "error: workspace \"ws-alice\" requests 1Gi of 0, 100%: more than 100%\n"},
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := using(t, test.storage)
			p.Terminal = test.terminal
			got := p.Run(append([]string{"usage", "--workspace", "ws-alice"}, strings.Fields(test.args)...)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestABarWarnsByItsColour(t *testing.T) {
	for requested, want := range map[string]string{
		"1Gi":   "  \x1b[32m██░░░░░░░░░░░░░░░░░░░░░░\x1b[0m  10%\n",
		"7.5Gi": "  \x1b[33m██████████████████░░░░░░\x1b[0m  75%\n",
		"9Gi":   "  \x1b[31m██████████████████████░░\x1b[0m  90%\n",
	} {
		p := using(t, storage(requested, "10Gi", "1Gi"))
		p.Terminal = true
		if got := p.Run("usage", "--workspace", "ws-alice", "--color=always"); !strings.Contains(got.Out, want) {
			t.Errorf("%s: got %q, want %q", requested, got.Out, want)
		}
	}
}

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"":                                  "which workspace?",
		"--workspace a --fail-above=":       `--fail-above "": give a percentage`,
		"--workspace a --fail-above=-1%":    `--fail-above "-1%": give a percentage`,
		"--workspace a --fail-above=101%":   `--fail-above "101%": give a percentage`,
		"--workspace a --fail-above=NaN":    `--fail-above "NaN": give a percentage`,
		"--workspace a --fail-above=ninety": `--fail-above "ninety": give a percentage`,
		"--workspace a -o name":             "-o name: unknown format, give one of wide, json",
	} {
		p := using(t, some)
		got := p.Run(append([]string{"usage"}, strings.Fields(args)...)...)
		if got.Code != 2 || got.Out != "" || !strings.Contains(got.Err, want) || len(p.Server.Actions()) > 0 {
			t.Errorf("%s: got %+v, want %q", args, got, want)
		}
	}
}

func TestRefusalsHaveTheirExitCodes(t *testing.T) {
	workspaces := v1alpha1.Resource("workspaces")
	for promise, test := range map[string]struct {
		err  error
		code int
	}{
		"forbidden":         {apierrors.NewForbidden(workspaces, "ws-alice", nil), 4},
		"not found":         {apierrors.NewNotFound(workspaces, "ws-alice"), 5},
		"not its namespace": {apierrors.NewConflict(workspaces, "ws-alice", nil), 6},
	} {
		p := kubectltest.New(t)
		p.Refuse("get", "usage", test.err)
		got := p.Run("usage", "--workspace", "ws-alice")
		if got.Code != test.code || got.Out != "" || !strings.HasPrefix(got.Err, "Error from server") {
			t.Errorf("%s: got %+v, want code %d", promise, got, test.code)
		}
	}
}
