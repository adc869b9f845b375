package credentials_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// desk is a user's machine: a home, a kubeconfig with the context dev, and where the plugin is.
type desk struct {
	*kubectltest.Plugin
	home, program, flags string
}

func newDesk(t *testing.T, credentials *v1alpha1.WorkspaceCredentials) desk {
	t.Helper()
	d := desk{Plugin: kubectltest.New(t), home: t.TempDir()}
	answer(d.Plugin, credentials)
	kubeconfig := d.write(t, "kubeconfig", `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: mine}}]
contexts: [{name: dev, context: {cluster: c, user: u}}]
current-context: dev
`)
	t.Setenv("HOME", d.home)
	t.Setenv("KUBECONFIG", kubeconfig)
	t.Setenv("PATH", d.home)
	d.Env["PATH"] = d.home
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	d.program, d.flags = program, "--kubeconfig="+kubeconfig+" --context=dev --namespace=workspace --workspace=ws-alice"
	return d
}

func (d desk) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(d.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	return path
}

func (d desk) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(d.home, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// configure runs a command line and compares what comes of it; HOME stands for the home in what is wanted.
func (d desk) configure(t *testing.T, args string, want kubectltest.Result) {
	t.Helper()
	got := d.Run(append([]string{"credentials", "configure", "--workspace", "ws-alice"}, strings.Fields(args)...)...)
	got.Out, got.Err = strings.ReplaceAll(got.Out, d.home, "HOME"), strings.ReplaceAll(got.Err, d.home, "HOME")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("configure %s (-want +got):\n%s", args, diff)
	}
}

// profile is what is written for AWS clients.
func (d desk) profile(name string) string {
	return "[profile " + name + "]\n# Written by kubectl workspace credentials configure, which may write it again.\n" +
		"credential_process = " + d.program + " credentials export --format=process " + d.flags + "\n" +
		"endpoint_url = http://127.0.0.1:7070\nregion = us-east-1\ns3 =\n  addressing_style = path\n"
}

func TestConfigureAWS(t *testing.T) {
	d := newDesk(t, whole)
	const hint = "use it with: aws --profile ws-alice s3 ls s3://ws-alice\n"
	d.configure(t, "aws --dry-run=client", kubectltest.Result{
		Out: strings.ReplaceAll(d.profile("ws-alice"), d.home, "HOME"), Err: "profile \"ws-alice\" configured in HOME/.aws/config (dry run)\n" + hint,
	})
	if _, err := os.Stat(filepath.Join(d.home, ".aws")); err == nil {
		t.Error("a dry run has written")
	}
	d.configure(t, "aws", kubectltest.Result{Out: "profile \"ws-alice\" configured in HOME/.aws/config\n", Err: hint})
	d.configure(t, "aws", kubectltest.Result{Out: "profile \"ws-alice\" unchanged in HOME/.aws/config\n", Err: hint})
	if diff := cmp.Diff(d.profile("ws-alice"), d.read(t, ".aws/config")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if info, err := os.Stat(filepath.Join(d.home, ".aws/config")); err != nil || info.Mode() != 0o600 {
		t.Errorf("got %v %v", info, err)
	}
	if strings.Contains(d.read(t, ".aws/config"), keys.SecretAccessKey) {
		t.Error("the file holds a secret")
	}
}

func TestConfigureAWSLeavesAloneWhatIsNotOurs(t *testing.T) {
	d := newDesk(t, whole)
	const own = "# mine\n[profile ws-alice]\nregion = eu\n\n# other\n[profile other]\nregion=us"
	path := d.write(t, "dotfiles/config", own)
	link := filepath.Join(d.home, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	d.Env["AWS_CONFIG_FILE"] = link
	d.configure(t, "aws", kubectltest.Result{Code: 6, Err: "error: HOME/link: there is a section [profile ws-alice] already that somebody else has written\n" +
		"  hint: give another name, or --force to replace it\n"})
	if d.read(t, "link") != own {
		t.Errorf("it has become %s", d.read(t, "link"))
	}
	d.configure(t, "aws --profile alice", kubectltest.Result{Out: "profile \"alice\" configured in HOME/link\n", Err: "use it with: aws --profile alice s3 ls s3://ws-alice\n"})
	if want := own + "\n\n" + d.profile("alice"); d.read(t, "dotfiles/config") != want {
		t.Errorf("it has become %s", d.read(t, "dotfiles/config"))
	}
	d.configure(t, "aws --force", kubectltest.Result{Out: "profile \"ws-alice\" configured in HOME/link\n", Err: "use it with: aws --profile ws-alice s3 ls s3://ws-alice\n"})
	if want := "# mine\n" + d.profile("ws-alice") + "\n# other\n[profile other]\nregion=us\n\n" + d.profile("alice"); d.read(t, "dotfiles/config") != want {
		t.Errorf("it has become %s", d.read(t, "dotfiles/config"))
	}
	if info, err := os.Lstat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("got %v %v", info, err)
	}
}

func TestConfigureAWSRefuses(t *testing.T) {
	for _, test := range []struct {
		promise, args string
		prepare       func(*testing.T, desk)
		code          int
		err           string
	}{
		{
			promise: "a profile whose keys in the other file would win", args: "aws", code: 6, err: "HOME/.aws/credentials has a section [ws-alice], whose keys would win",
			prepare: func(t *testing.T, d desk) { d.write(t, ".aws/credentials", "[ws-alice]\naws_access_key_id = x\n") },
		},
		{promise: "a token that would be lost", args: "aws --token secret", code: 2, err: "--token cannot be kept for other programs"},
		{promise: "a server that no kubeconfig has", args: "aws --server https://127.0.0.1", code: 2, err: "--server cannot be kept"},
		{promise: "a name that clients read differently", args: "aws --profile a]b", code: 2, err: `--profile "a]b": give letters`},
		{promise: "a dry run at the server", args: "aws --dry-run=server", code: 2, err: "nothing is sent to the server; give client"},
		{promise: "another dry run", args: "aws --dry-run=wet", code: 2, err: "give none or client"},
		{promise: "a context that there is not", args: "aws --context none", code: 1, err: `context "none" does not exist`},
		{
			promise: "a context that is in pieces", args: "aws --context split", code: 1, err: `context "split" is made of several files: give one that holds all of it with --kubeconfig`,
			prepare: func(t *testing.T, d desk) {
				other := d.write(t, "other", "apiVersion: v1\nkind: Config\ncontexts: [{name: split, context: {cluster: c, user: u}}]\n")
				t.Setenv("KUBECONFIG", os.Getenv("KUBECONFIG")+string(filepath.ListSeparator)+other)
			},
		},
		{
			promise: "a path that no command line holds", args: "aws", code: 1, err: "cannot be written as part of a command line",
			prepare: func(t *testing.T, d desk) {
				path := d.write(t, "$(reboot)/kubeconfig", d.read(t, "kubeconfig"))
				t.Setenv("KUBECONFIG", path)
			},
		},
		{
			promise: "an endpoint that would add lines", args: "aws", code: 1, err: "the value of endpoint_url has characters that such a file cannot hold",
			prepare: func(_ *testing.T, d desk) {
				answer(d.Plugin, &v1alpha1.WorkspaceCredentials{Storage: &v1alpha1.S3Credentials{Endpoint: "http://a\ncredential_process = reboot"}})
			},
		},
		{
			promise: "an encrypted file of rclone", args: "rclone", code: 1, err: "HOME/.config/rclone/rclone.conf is encrypted",
			prepare: func(t *testing.T, d desk) {
				d.write(t, ".config/rclone/rclone.conf", "# Encrypted\nRCLONE_ENCRYPT_V0:\nabc")
			},
		},
		{promise: "a remote that rclone refuses", args: "rclone --remote -a", code: 2, err: `--remote "-a": give letters`},
		{promise: "no registry", args: "docker", code: 2, err: "which registry? name it with --registry HOST"},
		{
			promise: "a workspace without a registry", args: "docker --registry r", code: 5, err: `workspace "ws-alice" has no keys of a container registry`,
			prepare: func(_ *testing.T, d desk) { answer(d.Plugin, &v1alpha1.WorkspaceCredentials{Storage: keys}) },
		},
		{
			promise: "a config.json that is none", args: "docker --registry r", code: 1, err: "HOME/.docker/config.json: ",
			prepare: func(t *testing.T, d desk) { d.write(t, ".docker/config.json", "[]") },
		},
	} {
		t.Run(test.promise, func(t *testing.T) {
			d := newDesk(t, whole)
			if test.prepare != nil {
				test.prepare(t, d)
			}
			got := d.Run(append([]string{"credentials", "configure", "--workspace", "ws-alice"}, strings.Fields(test.args)...)...)
			if got.Code != test.code || got.Out != "" || !strings.Contains(strings.ReplaceAll(got.Err, d.home, "HOME"), test.err) {
				t.Errorf("got %+v, want %d %q", got, test.code, test.err)
			}
			if _, err := os.Stat(filepath.Join(d.home, ".aws/config")); err == nil {
				t.Error("something was written")
			}
		})
	}
}

func TestConfigureRclone(t *testing.T) {
	d := newDesk(t, whole)
	d.write(t, ".config/rclone/rclone.conf", "[other]\ntype = local\n")
	d.configure(t, "rclone --remote alice --as eric", kubectltest.Result{
		Out: "profile \"ws-alice\" configured in HOME/.aws/config\nremote \"alice\" configured in HOME/.config/rclone/rclone.conf\n",
		Err: "use it with: rclone ls alice:ws-alice\n",
	})
	want := `[other]
type = local

[alice]
# Written by kubectl workspace credentials configure, which may write it again.
type = s3
provider = Other
env_auth = true
profile = ws-alice
endpoint = http://127.0.0.1:7070
region = us-east-1
force_path_style = true
`
	if diff := cmp.Diff(want, d.read(t, ".config/rclone/rclone.conf")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if profile := d.read(t, ".aws/config"); !strings.Contains(profile, "--workspace=ws-alice --as=eric\n") {
		t.Errorf("the caller is not kept: %s", profile)
	}
}

func TestConfigureDocker(t *testing.T) {
	d := newDesk(t, whole)
	path := d.write(t, ".docker/config.json", `{"auths": {"b": {}, "a": {}}, "big": 12345678901234567890, "credHelpers": {"other": "pass"}}`)
	const link = "docker-credential-kubectl-workspace"
	args := "docker --registry https://registry.example.org:5000/ --helper-dir " + d.home
	d.configure(t, args, kubectltest.Result{
		Out: "registry \"registry.example.org:5000\" configured in HOME/.docker/config.json\n", Err: "use it with: docker pull registry.example.org:5000/IMAGE\n",
	})
	quoted := `"[\"` + strings.ReplaceAll(d.flags, " ", `\",\"`) + `\"]"`
	want := `{
	"auths": {
		"b": {},
		"a": {}
	},
	"big": 12345678901234567890,
	"credHelpers": {
		"other": "pass",
		"registry.example.org:5000": "kubectl-workspace"
	},
	"plugins": {
		"kubectl-workspace": {
			"registry.example.org:5000": ` + quoted + `
		}
	}
}`
	if diff := cmp.Diff(want, d.read(t, ".docker/config.json")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("got %v %v", info, err)
	}
	if to, err := os.Readlink(filepath.Join(d.home, link)); err != nil || to != d.program {
		t.Errorf("the helper is %q %v", to, err)
	}
	d.configure(t, args, kubectltest.Result{
		Out: "registry \"registry.example.org:5000\" unchanged in HOME/.docker/config.json\n", Err: "use it with: docker pull registry.example.org:5000/IMAGE\n",
	})
	d.configure(t, "docker --registry other --helper-dir "+d.home, kubectltest.Result{
		Code: 6, Err: "error: HOME/.docker/config.json: registry \"other\" has the credential helper \"pass\" already\n  hint: --force replaces it\n",
	})
	d.configure(t, "docker --registry other --force --dry-run --helper-dir "+filepath.Join(d.home, "away"), kubectltest.Result{
		Out: strings.ReplaceAll(strings.NewReplacer(`"other": "pass"`, `"other": "kubectl-workspace"`, quoted+"\n", quoted+",\n\t\t\t\"other\": "+quoted+"\n").Replace(want), d.home, "HOME"),
		Err: "warning: HOME/away is not on the PATH, where Docker looks for " + link + "\nhelper linked at HOME/away/" + link + " (dry run)\n" +
			"registry \"other\" configured in HOME/.docker/config.json (dry run)\nuse it with: docker pull other/IMAGE\n",
	})
}

// What else is under the helper's name is not taken away.
func TestConfigureDockerLeavesAloneAFileThatIsNoLink(t *testing.T) {
	d := newDesk(t, whole)
	d.write(t, "docker-credential-kubectl-workspace", "#!/bin/sh\n")
	d.configure(t, "docker --registry r --helper-dir "+d.home, kubectltest.Result{
		Code: 6, Err: "error: HOME/docker-credential-kubectl-workspace is there already and no link: --force replaces it\n",
	})
	if _, err := os.Stat(filepath.Join(d.home, ".docker")); err == nil {
		t.Error("Docker's file was written nevertheless")
	}
}
