package kubeconfig_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/kubectltest"
)

// virtual is a provider's kubeconfig, with this user in it.
func virtual(user string) string {
	return `apiVersion: v1
kind: Config
clusters: [{name: vcluster, cluster: {server: "https://vcluster.example.org"}}]
users: [{name: vcluster, user: ` + user + `}]
contexts: [{name: vcluster, context: {cluster: vcluster, user: vcluster, namespace: apps}}]
current-context: vcluster
`
}

// having is a plugin whose user has a kubeconfig already, and whose workspace has this one.
func having(t *testing.T, text string) (p *kubectltest.Plugin, file string) {
	p = kubectltest.New(t)
	file = filepath.Join(t.TempDir(), "config")
	own := `apiVersion: v1
kind: Config
clusters: [{name: dev, cluster: {server: "https://dev.example.org"}}]
users: [{name: dev, user: {token: mine}}]
contexts: [{name: dev, context: {cluster: dev, user: dev}}]
current-context: dev
`
	if err := os.WriteFile(file, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("KUBECONFIG", file)
	p.Server.PrependReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		meta := metav1.ObjectMeta{Namespace: kubectltest.Namespace, Name: "ws-alice"}
		return action.GetSubresource() == "kubeconfig", &v1alpha1.WorkspaceKubeconfig{ObjectMeta: meta, Kubeconfig: text}, nil
	})
	return p, file
}

// want runs a command line and compares.
func want(t *testing.T, p *kubectltest.Plugin, args string, want kubectltest.Result) {
	t.Helper()
	got := p.Run(append([]string{"kubeconfig", "--workspace", "ws-alice"}, strings.Fields(args)...)...)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kubeconfig %s (-want +got):\n%s", args, diff)
	}
}

func TestPrint(t *testing.T) {
	text := virtual("{token: t0ken}")
	p, _ := having(t, text)
	want(t, p, "", kubectltest.Result{Out: text})

	p.Terminal = true
	got := p.Run("kubeconfig", "--workspace", "ws-alice")
	if got.Code != 0 || strings.Contains(got.Out, "t0ken") || !strings.Contains(got.Out, "token: REDACTED") || !strings.Contains(got.Err, "--reveal") {
		t.Errorf("on a terminal: %+v", got)
	}
	want(t, p, "--reveal", kubectltest.Result{Out: text})
}

func TestOutputFile(t *testing.T) {
	text := virtual("{token: t0ken}")
	p, _ := having(t, text)
	file := filepath.Join(t.TempDir(), "new", "alice.kubeconfig")
	for _, step := range []struct {
		args string
		want kubectltest.Result
	}{
		{"", kubectltest.Result{Err: "written to " + file + "\n"}},
		{"", kubectltest.Result{Code: 6, Err: "error: " + file + " is there already: --force overwrites it\n"}},
		{" --force", kubectltest.Result{Err: "written to " + file + "\n"}},
	} {
		want(t, p, "--output-file "+file+step.args, step.want)
		info, err := os.Stat(file)
		if err != nil || info.Mode() != 0o600 {
			t.Fatalf("%v %v", info, err)
		}
	}
	if got, err := os.ReadFile(file); err != nil || string(got) != text {
		t.Errorf("got %s %v", got, err)
	}
}

func TestMerge(t *testing.T) {
	p, file := having(t, virtual("{token: t0ken}"))
	const hint = "use it with: kubectl --context ws-alice get namespaces\n"
	want(t, p, "--merge", kubectltest.Result{Out: "context \"ws-alice\" created\n", Err: hint})
	want(t, p, "--merge", kubectltest.Result{Out: "context \"ws-alice\" unchanged\n", Err: hint})
	config, err := clientcmd.LoadFromFile(file)
	if err != nil {
		t.Fatal(err)
	}
	context := config.Contexts["ws-alice"]
	if config.CurrentContext != "dev" || config.AuthInfos["dev"].Token != "mine" || context.Namespace != "apps" ||
		config.Clusters[context.Cluster].Server != "https://vcluster.example.org" || config.AuthInfos[context.AuthInfo].Token != "t0ken" {
		t.Errorf("got %+v", config)
	}

	// A new token replaces the old one; what another has made is let alone.
	p.Server.PrependReactor("get", "*", func(clienttesting.Action) (bool, runtime.Object, error) {
		meta := metav1.ObjectMeta{Namespace: kubectltest.Namespace, Name: "ws-alice"}
		return true, &v1alpha1.WorkspaceKubeconfig{ObjectMeta: meta, Kubeconfig: virtual("{token: newer}")}, nil
	})
	want(t, p, "--merge", kubectltest.Result{Out: "context \"ws-alice\" changed\n", Err: hint})
	want(t, p, "--merge --context-name dev", kubectltest.Result{Code: 6,
		Err: "error: the kubeconfig has a context, cluster or user \"dev\" already that is not of workspace \"ws-alice\"\n" +
			"  hint: --context-name NAME takes another name, --force overwrites\n"})
	if config, err = clientcmd.LoadFromFile(file); err != nil || config.AuthInfos["dev"].Token != "mine" || config.AuthInfos["ws-alice"].Token != "newer" {
		t.Errorf("got %+v %v", config, err)
	}
	want(t, p, "--merge --context-name dev --force", kubectltest.Result{Out: "context \"dev\" changed\n", Err: strings.ReplaceAll(hint, "ws-alice", "dev")})
	if config, err = clientcmd.LoadFromFile(file); err != nil || config.AuthInfos["dev"].Token != "newer" {
		t.Errorf("got %+v %v", config, err)
	}
}

func TestWhatIsNeverMerged(t *testing.T) {
	for user, why := range map[string]string{
		"{exec: {apiVersion: client.authentication.k8s.io/v1, command: reboot, interactiveMode: Never}}": "its user runs a program on this machine",
		"{client-certificate: /etc/passwd, client-key: /etc/shadow}":                                     "it names files of another machine",
		"{tokenFile: /etc/passwd}": "it names files of another machine",
	} {
		p, file := having(t, virtual(user))
		before, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want(t, p, "--merge --force", kubectltest.Result{Code: 1, Err: "error: the kubeconfig of workspace \"ws-alice\" cannot be merged: " + why + "\n"})
		if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
			t.Errorf("%s: the file has become %s (%v)", user, after, err)
		}
	}
	p, _ := having(t, "s3cr3t: [")
	want(t, p, "--merge", kubectltest.Result{Code: 1, Err: "error: what the server has answered is no kubeconfig\n"})
}

func TestUsageErrors(t *testing.T) {
	for args, want := range map[string]string{
		"--merge --output-file f": "give --merge or --output-file, not both",
		"--context-name x":        "--context-name is the name that --merge gives",
		"--force":                 "--force is for --merge and --output-file",
	} {
		p, _ := having(t, "")
		got := p.Run(append([]string{"kubeconfig", "--workspace", "ws-alice"}, strings.Fields(args)...)...)
		if got.Code != 2 || got.Out != "" || !strings.Contains(got.Err, want) || len(p.Server.Actions()) > 0 {
			t.Errorf("%s: got %+v, want %q", args, got, want)
		}
	}
}

func TestRefusalsHaveTheirExitCodes(t *testing.T) {
	for promise, test := range map[string]struct {
		err  error
		code int
	}{
		"forbidden":          {apierrors.NewForbidden(v1alpha1.Resource("workspaces"), "ws-alice", nil), 4},
		"no virtual cluster": {apierrors.NewNotFound(v1alpha1.Resource("workspaces/kubeconfig"), "ws-alice"), 5},
	} {
		p := kubectltest.New(t)
		p.Refuse("get", "kubeconfig", test.err)
		got := p.Run("kubeconfig", "--workspace", "ws-alice")
		if got.Code != test.code || got.Out != "" || !strings.HasPrefix(got.Err, "Error from server") {
			t.Errorf("%s: got %+v, want code %d", promise, got, test.code)
		}
	}
}
