// Package commandline runs programs as users of an environment run them: with a home and a kubeconfig of their own, and
// kubectl on the path. What is typed, and what must come of it, is the tests' to say.
package commandline

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/integration/env"
)

// limit is how long a program may take: much longer than any needs, even on a busy machine.
const limit = time.Minute

// User is who runs programs.
type User struct {
	// Home is the user's home folder. It goes with the test.
	Home string
	// Kubeconfig is the user's file, with the namespace as its default.
	Kubeconfig string
	// Environment of the programs, to be added to.
	Environment []string

	path []string
}

// Result is what a program left behind.
type Result struct {
	Out, Err string
	Code     int
}

// New makes a user who talks to kube-apiserver, with kubectl on the path and further folders after it.
func New(t testing.TB, e *env.Env, name, namespace string, path ...string) *User {
	t.Helper()
	kubectl, err := controlplane.Program("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	u := &User{Home: t.TempDir(), path: append([]string{filepath.Dir(kubectl)}, path...)}
	u.Kubeconfig = filepath.Join(u.Home, "kubeconfig")
	if err := writeKubeconfig(e, u.Kubeconfig, name, namespace); err != nil {
		t.Fatal(err)
	}
	search := strings.Join(append(u.path, os.Getenv("PATH")), string(os.PathListSeparator))
	u.Environment = []string{"HOME=" + u.Home, "TMPDIR=" + u.Home, "KUBECONFIG=" + u.Kubeconfig, "PATH=" + search}
	return u
}

func writeKubeconfig(e *env.Env, file, user, namespace string) error {
	config, err := e.Aggregated(user)
	if err != nil {
		return err
	}
	kubeconfig := clientcmdapi.NewConfig()
	kubeconfig.Clusters["c"] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthorityData: config.CAData}
	kubeconfig.AuthInfos["u"] = &clientcmdapi.AuthInfo{ClientCertificateData: config.CertData, ClientKeyData: config.KeyData}
	kubeconfig.Contexts["x"] = &clientcmdapi.Context{Cluster: "c", AuthInfo: "u", Namespace: namespace}
	kubeconfig.CurrentContext = "x"
	return clientcmd.WriteToFile(*kubeconfig, file)
}

// Run runs a program to its end, with a text as its input.
func (u *User) Run(t testing.TB, input, program string, args ...string) Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	cmd := u.command(ctx, program, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v", program, strings.Join(args, " "), err)
	}
	return Result{Out: out.String(), Err: errs.String(), Code: cmd.ProcessState.ExitCode()}
}

// OK is the output of a program that must succeed.
func (u *User) OK(t testing.TB, input, program string, args ...string) string {
	t.Helper()
	r := u.Run(t, input, program, args...)
	if r.Code != 0 {
		t.Fatalf("%s %s: exit code %d, %s%s", program, strings.Join(args, " "), r.Code, r.Out, r.Err)
	}
	return r.Out
}

func (u *User) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	for _, dir := range u.path {
		if file := filepath.Join(dir, program); executable(file) {
			program = file
			break
		}
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = u.Home, u.Environment
	return cmd
}

func executable(file string) bool {
	info, err := os.Stat(file)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// Write writes a file into the user's home, in folders that are made as needed, and answers its path.
func (u *User) Write(t testing.TB, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(u.Home, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}
