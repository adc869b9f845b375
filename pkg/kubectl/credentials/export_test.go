package credentials_test

import (
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
	Bucket: "ws-alice", AccessKeyID: "alice", SecretAccessKey: "s3cr3t", Endpoint: "http://127.0.0.1:7070", Region: "us-east-1", ForcePathStyle: true,
}

// whole is what a workspace with stores has. Two stores share a name.
var whole = &v1alpha1.WorkspaceCredentials{
	Storage: keys,
	Stores: []v1alpha1.StoreCredentials{
		{Type: "databases", Name: "pg0", Values: map[string]string{"HOST": "db", "PASSWORD": "pw"}},
		{Type: "caches", Name: "fast-one", Values: map[string]string{"URL": "redis://fast"}},
		{Type: "documents", Name: "fast-one", Values: map[string]string{"URI": "mongodb://fast"}},
	},
	Registry: &v1alpha1.RegistryCredentials{Username: "ws", Password: "pw"},
	Env: map[string]string{
		"POSTGRES_PG0_HOST": "db", "POSTGRES_PG0_PASSWORD": "pw", "REDIS_FAST_ONE_URL": "redis://fast", "MONGO_FAST_ONE_URI": "mongodb://fast",
	},
}

func TestExport(t *testing.T) {
	for _, test := range []struct {
		promise     string
		args        string
		credentials *v1alpha1.WorkspaceCredentials
		want        kubectltest.Result
	}{
		{
			promise:     "the S3 keys under the names that S3 clients read",
			credentials: &v1alpha1.WorkspaceCredentials{Storage: keys},
			want: kubectltest.Result{Out: `export AWS_ACCESS_KEY_ID='alice'
export AWS_DEFAULT_REGION='us-east-1'
export AWS_ENDPOINT_URL='http://127.0.0.1:7070'
export AWS_REGION='us-east-1'
export AWS_S3_FORCE_PATH_STYLE='true'
export AWS_SECRET_ACCESS_KEY='s3cr3t'
export BUCKET='ws-alice'
`},
		},
		{
			promise: "the environment of sessions, sorted", args: "--format env",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"REDIS_PROD_HOST": "redis", "AWS_DEFAULT_REGION": "us", "AWS_REGION": "eu"}},
			want:        kubectltest.Result{Out: "export AWS_DEFAULT_REGION='us'\nexport AWS_REGION='eu'\nexport REDIS_PROD_HOST='redis'\n"},
		},
		{
			promise:     "a name that a shell would run is left out",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "1", "B;reboot": "2"}},
			want:        kubectltest.Result{Out: "export A='1'\n", Err: "warning: left out \"B;reboot\": no shell takes it as the name of a variable\n"},
		},
		{
			promise: "a value that a format would change is left out", args: "--format windows-cmd",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "50%", "B": "two\nlines", "C": `say "hi" & go`}},
			want: kubectltest.Result{Out: "@set \"A=50%%\"\n@set C=say ^\"hi^\" ^& go\n",
				Err: "warning: left out \"B\": this format cannot hold its value as it is; json can\n"},
		},
		{
			promise: "dotenv as all readers of it agree", args: "--format dotenv",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "plain/1", "B": "$HOME # x", "C": "it's", "D": `it's $5`, "E": "${HOME}"}},
			want: kubectltest.Result{Out: "A=plain/1\nB='$HOME # x'\nC=\"it's\"\n",
				Err: "warning: left out \"D\": this format cannot hold its value as it is; json can\nwarning: left out \"E\": this format cannot hold its value as it is; json can\n"},
		},
		{
			promise: "fish", args: "--format fish", credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": `it's \n`}},
			want: kubectltest.Result{Out: `set -gx A 'it\'s \\n'` + "\n"},
		},
		{
			promise: "PowerShell, to which all sorts of quotes are quotes", args: "--format powershell",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "it's ’$x`"}},
			want:        kubectltest.Result{Out: "$env:A = 'it''s ’’$x`'\n"},
		},
		{
			promise: "all variables as one object", args: "--format json",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "<&>\n", "B;": "2"}},
			want:        kubectltest.Result{Out: "{\n  \"A\": \"<&>\\n\",\n  \"B;\": \"2\"\n}\n"},
		},
		{
			promise: "AWS clients, that ask again with every start", args: "--format process", credentials: whole,
			want: kubectltest.Result{Out: "{\n  \"Version\": 1,\n  \"AccessKeyId\": \"alice\",\n  \"SecretAccessKey\": \"s3cr3t\"\n}\n"},
		},
		{
			promise: "a profile of AWS clients", args: "--format aws-profile", credentials: whole,
			want: kubectltest.Result{Out: `[ws-alice]
aws_access_key_id = alice
aws_secret_access_key = s3cr3t
endpoint_url = http://127.0.0.1:7070
region = us-east-1
`},
		},
		{
			promise: "a remote of rclone", args: "--format rclone", credentials: whole,
			want: kubectltest.Result{Out: `[ws-alice]
type = s3
provider = Other
access_key_id = alice
secret_access_key = s3cr3t
endpoint = http://127.0.0.1:7070
region = us-east-1
force_path_style = true
`},
		},
		{
			promise: "an alias of mc", args: "--format mc", credentials: whole,
			want: kubectltest.Result{Out: `{
  "url": "http://127.0.0.1:7070",
  "accessKey": "alice",
  "secretKey": "s3cr3t",
  "api": "s3v4",
  "path": "on"
}
`},
		},
		{
			promise: "a configuration of s3cmd", args: "--format s3cmd", credentials: whole,
			want: kubectltest.Result{Out: `[default]
access_key = alice
secret_key = s3cr3t
bucket_location = us-east-1
host_base = 127.0.0.1:7070
host_bucket = 127.0.0.1:7070
use_https = False
`},
		},
		{
			promise: "a file that would change a key is not written", args: "--format rclone",
			credentials: &v1alpha1.WorkspaceCredentials{Storage: &v1alpha1.S3Credentials{AccessKeyID: "a", SecretAccessKey: "#b"}},
			want:        kubectltest.Result{Code: 1, Err: "error: --format rclone: the value of secret_access_key has characters that such a file cannot hold: use env or json\n"},
		},
		{
			promise: "the values of one store, as sessions name them", args: "--store pg0", credentials: whole,
			want: kubectltest.Result{Out: "export POSTGRES_PG0_HOST='db'\nexport POSTGRES_PG0_PASSWORD='pw'\n"},
		},
		{
			promise: "a store of a type", args: "--store documents/fast-one --format json", credentials: whole,
			want: kubectltest.Result{Out: "{\n  \"MONGO_FAST_ONE_URI\": \"mongodb://fast\"\n}\n"},
		},
		{
			promise: "which store must be said", args: "--store fast-one", credentials: whole,
			want: kubectltest.Result{Code: 2, Err: "error: --store fast-one: several types have one, say which: databases/pg0, caches/fast-one, documents/fast-one\n"},
		},
		{
			promise: "a store that there is not", args: "--store pg1", credentials: whole,
			want: kubectltest.Result{Code: 5, Err: "error: workspace \"ws-alice\" has no credentials for a store \"pg1\": it has them for caches/fast-one, databases/pg0, documents/fast-one\n"},
		},
		{
			promise: "kubectl's formats", args: "-o jsonpath={.kind}:{.storage.endpoint}", credentials: whole,
			want: kubectltest.Result{Out: "WorkspaceCredentials:http://127.0.0.1:7070"},
		},
		{
			promise: "keys that are still being made are not ready", credentials: &v1alpha1.WorkspaceCredentials{},
			want: kubectltest.Result{Code: 3, Err: `error: workspace "ws-alice" has no credentials yet
  hint: kubectl wait --for=condition=StorageReady workspace/ws-alice
`},
		},
		{
			promise: "a client's format needs S3 keys", args: "--format process",
			credentials: &v1alpha1.WorkspaceCredentials{Env: map[string]string{"A": "1"}},
			want: kubectltest.Result{Code: 3, Err: `error: workspace "ws-alice" has no S3 keys yet
  hint: kubectl wait --for=condition=StorageReady workspace/ws-alice
`},
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			p := kubectltest.New(t)
			test.credentials.Name = "ws-alice"
			answer(p, test.credentials)
			got := p.Run(append([]string{"credentials", "export", "--workspace", "ws-alice"}, strings.Fields(test.args)...)...)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExportOnATerminalIsMasked(t *testing.T) {
	const told = "Secrets are masked on a terminal: --reveal shows them, a pipe or a file gets them as they are.\n"
	for args, want := range map[string]string{
		"":                    "export AWS_ENDPOINT_URL='http://127.0.0.1:7070'",
		"--format json":       `"POSTGRES_PG0_HOST": "db"`,
		"--format process":    `"SecretAccessKey": "********"`,
		"--format mc":         `"url": "http://127.0.0.1:7070"`,
		"--store pg0":         "export POSTGRES_PG0_PASSWORD='********'",
		"-o yaml":             "secretAccessKey: '********'",
		"--format powershell": "$env:REDIS_FAST_ONE_URL = '********'",
	} {
		p := kubectltest.New(t)
		p.Terminal = true
		answer(p, whole)
		args := append([]string{"credentials", "export", "--workspace", "ws-alice"}, strings.Fields(args)...)
		got := p.Run(args...)
		if got.Code != 0 || got.Err != told || !strings.Contains(got.Out, want) {
			t.Errorf("%v: got %+v, want %q", args, got, want)
		}
		for _, secret := range []string{"alice", "s3cr3t", "redis://", "pw"} {
			if strings.Contains(strings.ReplaceAll(got.Out, "ws-alice", ""), secret) {
				t.Errorf("%v: %q is shown:\n%s", args, secret, got.Out)
			}
		}
		revealed := p.Run(append(args, "--reveal")...)
		if revealed.Code != 0 || revealed.Err != "" || strings.Contains(revealed.Out, "****") {
			t.Errorf("%v --reveal: got %+v", args, revealed)
		}
	}
}

// Nothing is asked of the server.
func TestExportRefusesWhatContradictsItself(t *testing.T) {
	for args, want := range map[string]string{
		"--format toml --workspace a":           `--format toml: unknown format, give one of env, dotenv`,
		"--format json -o json --workspace a":   `give --format or -o, not both`,
		"--store pg0 -o json --workspace a":     `give --store or -o, not both`,
		"--store pg0 --format mc --workspace a": `--format mc holds S3 keys, and --store has none`,
		"-o name --workspace a":                 `-o name: unknown format`,
		"-o jsonpath={.storage --workspace a":   `unclosed action`,
		"":                                      `which workspace?`,
		"extra --workspace a":                   `unknown command "extra"`,
	} {
		p := kubectltest.New(t)
		got := p.Run(append([]string{"credentials", "export"}, strings.Fields(args)...)...)
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
		"forbidden":   {apierrors.NewForbidden(workspaces, "ws-alice", nil), 4},
		"not found":   {apierrors.NewNotFound(workspaces, "ws-alice"), 5},
		"not yet":     {apierrors.NewNotFound(v1alpha1.Resource("workspaces/credentials"), "ws-alice"), 3},
		"unavailable": {apierrors.NewServiceUnavailable("the keys are not ready yet"), 3},
	} {
		p := kubectltest.New(t)
		p.Refuse("get", "credentials", test.err)
		for _, verb := range []string{"export", "shell", "exec -- sh"} {
			got := p.Run(append([]string{"credentials", "--workspace", "ws-alice"}, strings.Fields(verb)...)...)
			if got.Code != test.code || got.Out != "" || !strings.HasPrefix(got.Err, "Error from server") {
				t.Errorf("%s %s: got %+v, want code %d", verb, promise, got, test.code)
			}
		}
	}
}
