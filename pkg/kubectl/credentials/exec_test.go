package credentials_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/cmd"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// asPlugin has the tests' own program be the plugin: its commands take the place of their process.
const asPlugin = "CREDENTIALS_TEST_AS_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		os.Unsetenv(asPlugin)
		os.Exit(cmd.Main())
	}
	os.Exit(m.Run())
}

// process is the plugin as a process, with a server that answers each request with this object.
func process(t *testing.T, object any, args ...string) *exec.Cmd {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(object); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self, append([]string{"--server", server.URL, "-n", "workspace"}, args...)...)
	command.Env = []string{
		asPlugin + "=1", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "EOEPCA_WORKSPACE=ws-alice", "NO_PROXY=127.0.0.1", "KUBECONFIG=" + os.DevNull,
	}
	return command
}

func credentialsObject(env map[string]string) *v1alpha1.WorkspaceCredentials {
	c := &v1alpha1.WorkspaceCredentials{Storage: keys, Env: env}
	c.APIVersion, c.Kind, c.Name = v1alpha1.SchemeGroupVersion.String(), "WorkspaceCredentials", "ws-alice"
	return c
}

func outcome(t *testing.T, command *exec.Cmd) kubectltest.Result {
	t.Helper()
	var out, errOut bytes.Buffer
	command.Stdout, command.Stderr = &out, &errOut
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code := command.ProcessState.ExitCode()
	if status, ok := command.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return kubectltest.Result{Code: code, Out: out.String(), Err: errOut.String()}
}

func TestExec(t *testing.T) {
	notExecutable := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(notExecutable, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		promise string
		command []string
		input   string
		env     []string
		want    kubectltest.Result
	}{
		{
			promise: "the keys are in the command's environment", command: []string{"sh", "-c", `echo "$AWS_SECRET_ACCESS_KEY $AWS_REGION $VALUE $EOEPCA_WORKSPACE"`},
			want: kubectltest.Result{Out: "s3cr3t us-east-1 it's\nhere ws-alice\n"},
		},
		{
			promise: "arguments, input and output are the command's", command: []string{"sh", "-c", `echo "$1"; cat; echo oops >&2`, "sh", "-n x"},
			input: "some\ntext", want: kubectltest.Result{Out: "-n x\nsome\ntext", Err: "oops\n"},
		},
		{promise: "so is its exit code", command: []string{"sh", "-c", "exit 7"}, want: kubectltest.Result{Code: 7}},
		{promise: "and a signal", command: []string{"sh", "-c", "kill -TERM $$"}, want: kubectltest.Result{Code: 143}},
		{
			promise: "no such command", command: []string{"no-such-command"},
			want: kubectltest.Result{Code: 127, Err: "error: no-such-command: command not found\n"},
		},
		{
			promise: "not a command", command: []string{notExecutable},
			want: kubectltest.Result{Code: 126, Err: "error: " + notExecutable + ": not executable\n"},
		},
		{
			promise: "what would win over the keys is not passed on", command: []string{"sh", "-c", `echo "$AWS_PROFILE$AWS_SESSION_TOKEN$AWS_ENDPOINT_URL $OTHER"`},
			env: []string{"AWS_PROFILE=mine", "AWS_SESSION_TOKEN=old", "AWS_ENDPOINT_URL=https://elsewhere", "OTHER=stays"},
			want: kubectltest.Result{Out: "http://127.0.0.1:7070 stays\n", Err: "note: $AWS_PROFILE is not passed on, it would win over the keys of the workspace\n" +
				"note: $AWS_SESSION_TOKEN is not passed on, it would win over the keys of the workspace\n"},
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			command := process(t, credentialsObject(map[string]string{"VALUE": "it's\nhere"}), append([]string{"credentials", "exec", "--"}, test.command...)...)
			command.Stdin = strings.NewReader(test.input)
			command.Env = append(command.Env, test.env...)
			if diff := cmp.Diff(test.want, outcome(t, command)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExecNeedsACommand(t *testing.T) {
	p := kubectltest.New(t)
	for _, args := range [][]string{{"credentials", "exec", "--workspace", "a"}, {"credentials", "exec", "--workspace", "a", "--"}} {
		got := p.Run(args...)
		if got.Code != 2 || !strings.Contains(got.Err, "which command? give it after --") || len(p.Server.Actions()) > 0 {
			t.Errorf("%v: got %+v", args, got)
		}
	}
}

func TestShell(t *testing.T) {
	command := process(t, credentialsObject(nil), "credentials", "shell")
	command.Env = append(command.Env, "SHELL=/bin/sh")
	command.Stdin = strings.NewReader(`echo "$AWS_ACCESS_KEY_ID $EOEPCA_WORKSPACE"; exit 5`)
	if diff := cmp.Diff(kubectltest.Result{Code: 5, Out: "alice ws-alice\n"}, outcome(t, command)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// However much the plugin is told to log, secrets are not in it, while other requests are shown whole.
func TestSecretsAreNeverLogged(t *testing.T) {
	const canary = "CANARY-5c4e3b2a"
	secret := credentialsObject(map[string]string{"VALUE": canary})
	token := &v1alpha1.WorkspaceToken{Status: v1alpha1.WorkspaceTokenStatus{AccessToken: canary}}
	token.APIVersion, token.Kind = v1alpha1.SchemeGroupVersion.String(), "WorkspaceToken"
	kubeconfig := &v1alpha1.WorkspaceKubeconfig{Kubeconfig: "apiVersion: v1\nkind: Config\n# " + canary + "\n"}
	kubeconfig.APIVersion, kubeconfig.Kind = v1alpha1.SchemeGroupVersion.String(), "WorkspaceKubeconfig"
	for _, test := range []struct {
		object any
		args   string
	}{
		{secret, "credentials export"},
		{secret, "credentials export -o json"},
		{secret, "credentials exec -- printenv VALUE"},
		{token, "token"},
		{kubeconfig, "kubeconfig"},
	} {
		got := outcome(t, process(t, test.object, append([]string{"-v=10"}, strings.Fields(test.args)...)...))
		if got.Code != 0 || !strings.Contains(got.Out, canary) || strings.Contains(got.Err, canary) || !strings.Contains(got.Err, "workspaces/ws-alice/") {
			t.Errorf("%s: got %+v", test.args, got)
		}
	}
	// This test would see a body with a secret in it.
	if got := outcome(t, process(t, secret, "-v=10", "usage")); !strings.Contains(got.Err, canary) {
		t.Errorf("no bodies are logged at all: %+v", got)
	}
}

// Docker's helper is the plugin under another name: it finds the workspace by Docker's own configuration.
func TestDockerHelper(t *testing.T) {
	plugin := process(t, credentialsObject(nil))
	object := credentialsObject(nil)
	object.Registry = &v1alpha1.RegistryCredentials{Username: "ws", Password: "pw"}
	server := process(t, object).Args[2]
	dir := t.TempDir()
	link := filepath.Join(dir, "docker-credential-kubectl-workspace")
	if err := os.Symlink(plugin.Path, link); err != nil {
		t.Fatal(err)
	}
	config := `{"plugins": {"kubectl-workspace": {"registry.example.org": "[\"--server=` + server + `\", \"--workspace=ws-alice\"]"}}}`
	if err := os.WriteFile(filepath.Join(dir, "config.json"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		action, input string
		want          kubectltest.Result
	}{
		{"get", "registry.example.org", kubectltest.Result{Out: `{"ServerURL":"registry.example.org","Username":"ws","Secret":"pw"}` + "\n"}},
		{"get", "https://registry.example.org/v2/\n", kubectltest.Result{Out: `{"ServerURL":"https://registry.example.org/v2/","Username":"ws","Secret":"pw"}` + "\n"}},
		{"get", "other.example.org", kubectltest.Result{Code: 1, Out: "credentials not found in native keychain\n"}},
		{"list", "", kubectltest.Result{Out: `{"registry.example.org":""}` + "\n"}},
		{"store", `{"ServerURL": "registry.example.org", "Username": "a", "Secret": "b"}`, kubectltest.Result{Code: 1,
			Out: "the keys of this registry are those of a workspace, and kept nowhere: there is nothing to store or to erase; " +
				"its entries in credHelpers and plugins of Docker's config.json may be removed\n"}},
	} {
		command := exec.CommandContext(t.Context(), link, test.action)
		command.Env = append(plugin.Env, "DOCKER_CONFIG="+dir, "EOEPCA_WORKSPACE=other")
		command.Stdin = strings.NewReader(test.input)
		if diff := cmp.Diff(test.want, outcome(t, command)); diff != "" {
			t.Errorf("%s %q (-want +got):\n%s", test.action, test.input, diff)
		}
	}
}
