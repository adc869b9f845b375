package token_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// issuing is a server that issues this token, for the workspace that it is asked for.
func issuing(t *testing.T, status v1alpha1.WorkspaceTokenStatus) *kubectltest.Plugin {
	p := kubectltest.New(t)
	p.Server.PrependReactor("create", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		token := action.(clienttesting.CreateAction).GetObject().(*v1alpha1.WorkspaceToken).DeepCopy()
		token.Status = status
		return action.GetSubresource() == "token", token, nil
	})
	return p
}

func TestToken(t *testing.T) {
	until := metav1.NewTime(time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC))
	valid := v1alpha1.WorkspaceTokenStatus{AccessToken: "t0ken", TokenType: "Bearer", ExpiresIn: 300, ExpirationTimestamp: &until}
	for _, test := range []struct {
		promise string
		args    string
		status  v1alpha1.WorkspaceTokenStatus
		want    kubectltest.Result
	}{
		{promise: "the token alone", args: "--workspace ws-alice", status: valid, want: kubectltest.Result{Out: "t0ken\n"}},
		{
			promise: "as kubectl prints objects", args: "--workspace ws-alice -o jsonpath={.metadata.name}:{.status.expirationTimestamp}", status: valid,
			want: kubectltest.Result{Out: "ws-alice:2026-05-01T10:00:00Z"},
		},
		{
			promise: "as a credential plugin answers", args: "--workspace ws-alice -o exec-credential", status: valid,
			want: kubectltest.Result{Out: `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","spec":{"interactive":false},` +
				`"status":{"expirationTimestamp":"2026-05-01T10:00:00Z","token":"t0ken"}}` + "\n"},
		},
		{
			promise: "no token is an error, not an empty line", args: "--workspace ws-alice",
			want: kubectltest.Result{Code: 1, Err: "error: the server has issued no token for workspace \"ws-alice\"\n"},
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			got := issuing(t, test.status).Run(append([]string{"token"}, strings.Fields(test.args)...)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNoTokenIsAskedForInVain(t *testing.T) {
	for args, want := range map[string]string{
		"":                              "which workspace?",
		"--workspace a -o name":         "-o name: unknown format, give one of exec-credential, json",
		"--workspace a --dry-run":       "unknown flag: --dry-run",
		"--workspace a extra":           `unknown command "extra"`,
		"--workspace a -o jsonpath={.x": "unclosed action",
	} {
		p := issuing(t, v1alpha1.WorkspaceTokenStatus{AccessToken: "t0ken"})
		got := p.Run(append([]string{"token"}, strings.Fields(args)...)...)
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
		"forbidden":        {apierrors.NewForbidden(workspaces, "ws-alice", nil), 4},
		"no OAuth client":  {apierrors.NewNotFound(v1alpha1.Resource("workspaces/token"), "ws-alice"), 5},
		"no issuer":        {apierrors.NewServiceUnavailable("this server issues no tokens"), 3},
		"the issuer fails": {apierrors.NewGenericServerResponse(http.StatusBadGateway, "create", workspaces, "ws-alice", "invalid_client", 0, true), 1},
	} {
		p := kubectltest.New(t)
		p.Refuse("create", "token", test.err)
		got := p.Run("token", "--workspace", "ws-alice")
		if got.Code != test.code || got.Out != "" || !strings.HasPrefix(got.Err, "Error from server") {
			t.Errorf("%s: got %+v, want code %d", promise, got, test.code)
		}
	}
}
