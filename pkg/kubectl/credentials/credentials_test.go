package credentials_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

func answer(p *kubectltest.Plugin, credentials *v1alpha1.WorkspaceCredentials) {
	p.Server.PrependReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		return action.GetSubresource() == "credentials", credentials, nil
	})
}

var keys = &v1alpha1.S3Credentials{
	Bucket: "ws-alice", AccessKeyID: "ws-alice", SecretAccessKey: "s3cr3t", Endpoint: "http://127.0.0.1:7070", Region: "us-east-1", ForcePathStyle: true,
}

func TestCredentials(t *testing.T) {
	for _, test := range []struct {
		promise     string
		args        string
		credentials *v1alpha1.WorkspaceCredentials
		want        kubectltest.Result
	}{
		{
			promise: "the S3 keys under the names that S3 clients read", args: "credentials --workspace ws-alice",
			credentials: &v1alpha1.WorkspaceCredentials{Storage: keys},
			want: kubectltest.Result{Out: `export AWS_ACCESS_KEY_ID='ws-alice'
export AWS_ENDPOINT_URL='http://127.0.0.1:7070'
export AWS_REGION='us-east-1'
export AWS_S3_FORCE_PATH_STYLE='true'
export AWS_SECRET_ACCESS_KEY='s3cr3t'
`},
		},
		{
			promise: "the environment of sessions, sorted", args: "credentials --workspace ws-alice -o env",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"REDIS_PROD_HOST": "redis", "AWS_REGION": "eu"}},
			want:        kubectltest.Result{Out: "export AWS_REGION='eu'\nexport REDIS_PROD_HOST='redis'\n"},
		},
		{
			promise: "a name that a shell would run is left out", args: "credentials --workspace ws-alice",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "1", "B;reboot": "2"}},
			want:        kubectltest.Result{Out: "export A='1'\n", Err: "warning: left out \"B;reboot\": no shell takes it as the name of a variable\n"},
		},
		{
			promise: "kubectl's formats", args: "credentials --workspace ws-alice -o jsonpath={.kind}:{.storage.endpoint}",
			credentials: &v1alpha1.WorkspaceCredentials{Storage: keys},
			want:        kubectltest.Result{Out: "WorkspaceCredentials:http://127.0.0.1:7070"},
		},
		{
			promise: "keys that are still being made are not ready", args: "credentials --workspace ws-alice",
			credentials: &v1alpha1.WorkspaceCredentials{},
			want: kubectltest.Result{Code: 3, Err: `error: workspace "ws-alice" has no keys yet: the provider is still making them
  hint: kubectl wait --for=condition=Ready workspace/ws-alice
`},
		},
		{
			promise: "which workspace must be said", args: "credentials",
			want: kubectltest.Result{Code: 2, Err: `error: which workspace? name it with --workspace NAME or in $EOEPCA_WORKSPACE, or choose one with the command "use"
  hint: kubectl workspace credentials --help
`},
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t)
			answer(p, test.credentials)
			if diff := cmp.Diff(test.want, p.Run(strings.Fields(test.args)...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefusalsHaveTheirExitCodes(t *testing.T) {
	workspaces := v1alpha1.Resource("workspaces")
	for promise, test := range map[string]struct {
		err  error
		code int
	}{
		"forbidden":   {apierrors.NewForbidden(workspaces, "ws-alice", nil), 4},
		"not found":   {apierrors.NewNotFound(workspaces, "ws-alice"), 5},
		"unavailable": {apierrors.NewServiceUnavailable("the keys are not ready yet"), 3},
	} {
		p := kubectltest.New(t)
		p.Refuse("get", "credentials", test.err)
		got := p.Run("credentials", "--workspace", "ws-alice")
		if got.Code != test.code || got.Out != "" || !strings.HasPrefix(got.Err, "Error from server") {
			t.Errorf("%s: got %+v, want code %d", promise, got, test.code)
		}
	}
}

func TestAnyValueSurvivesAShell(t *testing.T) {
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no POSIX shell")
	}
	for _, value := range []string{"", "plain", `it's`, `'`, `''`, "two\nlines", `$(reboot) ${HOME} "x" \ & ; #`, "ünï"} {
		p := kubectltest.New(t)
		answer(p, &v1alpha1.WorkspaceCredentials{Env: map[string]string{"VALUE": value}})
		got := p.Run("credentials", "--workspace", "ws-alice")
		seen, err := exec.Command(shell, "-c", got.Out+`printf %s "$VALUE"`).Output()
		if err != nil || string(seen) != value {
			t.Errorf("%q came out of the shell as %q (%v)", value, seen, err)
		}
	}
}
