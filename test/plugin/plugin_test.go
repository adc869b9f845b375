// Package plugin holds what users of `kubectl workspace` may rely on, a script for each noun in testdata: the plugin as it is
// built, called through kubectl, against a real server whose parts a real kube-apiserver and etcd keep. Each script says what the
// owner, an admin, a member, a stranger and the operator get: stdout, stderr and the exit code.
//
// A script (https://pkg.go.dev/github.com/rogpeppe/go-internal/testscript) has a namespace of its own, $NS, with providers that make whatever is asked for, and in it
// the workspace $WS: alice owns it, bob is an Admin and carol a User in it; mallory is a stranger. It is also $EOEPCA_WORKSPACE. To the commands
// of testscript come
//
//	as USER                   who runs what follows: owner, admin, member, stranger, operator, or administrator of the cluster
//	code N PROGRAM ARGS…      like exec, for a program that ends with this code
//	eventually PROGRAM ARGS…  like exec, again and again until it succeeds
//
// What a person at a terminal gets, who waits, is asked and interrupts, is shown on real terminals whose screens are read.
package plugin

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apiserver"
	"github.com/eoepca/workspaces/test/commandline"
	"github.com/eoepca/workspaces/test/integration/env"
)

var e *env.Env

func TestMain(m *testing.M) {
	tokens := tokenServer()
	code := env.Main(m, env.Options{Replicas: 1, Configure: func(o *apiserver.Options) {
		o.LeaseNamespace, o.Settings.TokenEndpoint = env.LeaseNamespace, tokens.URL
	}}, &e)
	_ = os.RemoveAll(built.dir)
	os.Exit(code)
}

// users are who scripts can run commands as.
var users = map[string]string{
	"owner": "alice", "admin": "bob", "member": "carol", "stranger": "mallory", "operator": env.Operator, "administrator": administrator,
}

const administrator = "administrator"

func TestScripts(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	plugin := build(t)
	bindAdministrator(t)
	for _, script := range scripts {
		t.Run(strings.TrimSuffix(filepath.Base(script), ".txtar"), func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Files:               []string{script},
				RequireExplicitExec: true,
				Setup:               func(s *testscript.Env) error { return prepare(t, s, plugin) },
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"as": runAs, "code": code, "eventually": eventually,
				},
			})
		})
	}
}

// bindAdministrator lets the administrator do everything.
func bindAdministrator(t *testing.T) {
	_, err := e.Admin.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "test-" + administrator},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: administrator}},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) { // when run more than once
		t.Fatal(err)
	}
}

// built is the plugin as it is tested.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// build builds the plugin from the code that is tested, once, and answers its folder.
func build(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "plugin"); built.err != nil {
			return
		}
		command := exec.Command("go", "build", "-o", filepath.Join(built.dir, "kubectl-workspace"), "github.com/eoepca/workspaces/cmd/kubectl-workspace")
		if text, err := command.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("%w\n%s", err, text)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

func prepare(t *testing.T, s *testscript.Env, plugin string) error {
	ns := e.Namespace(t)
	e.PlayProviders(t, ns)
	name := "ws-" + ns
	s.Setenv("NS", ns)
	s.Setenv("WS", name)
	s.Setenv("EOEPCA_WORKSPACE", name)
	for role, user := range users {
		u := commandline.New(t, e, user, ns, plugin)
		s.Setenv(variable(role), u.Kubeconfig)
		if role != "operator" {
			continue
		}
		s.Vars = append(s.Vars, u.Environment...)
		s.Setenv("HOME", s.WorkDir)
		u.OK(t, "", "kubectl", "workspace", "create", name, "--owner=alice", "--member=bob=Admin", "--member=carol", "--session=default=Stopped")
	}
	return untilBound(t, ns, name)
}

// untilBound waits until the members have their roles.
func untilBound(t *testing.T, ns, name string) error {
	u := commandline.New(t, e, "carol", ns)
	env.Eventually(t, "the members have their roles", func() error {
		if r := u.Run(t, "", "kubectl", "get", "workspace", name); r.Code != 0 {
			return errors.New(r.Err)
		}
		return nil
	})
	return nil
}

func variable(role string) string { return "KUBECONFIG_" + strings.ToUpper(role) }

// runAs is the command "as".
func runAs(s *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 || users[args[0]] == "" {
		s.Fatalf("usage: as USER, one of owner, admin, member, stranger, operator, administrator")
	}
	s.Setenv("KUBECONFIG", s.Getenv(variable(args[0])))
}

// code is the command "code".
func code(s *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		s.Fatalf("usage: code N PROGRAM ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	s.Check(err)
	got := 0
	err = s.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		got = exit.ExitCode()
	case err != nil:
		s.Fatalf("%v", err)
	}
	if got != want {
		s.Fatalf("exit code %d, want %d", got, want)
	}
}

// eventually is the command "eventually".
func eventually(s *testscript.TestScript, _ bool, args []string) {
	if len(args) == 0 {
		s.Fatalf("usage: eventually PROGRAM ARGS…")
	}
	deadline := time.Now().Add(time.Minute)
	for {
		err := s.Exec(args[0], args[1:]...)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("%s does not succeed in a minute: %v", fmt.Sprint(args), err)
		}
		time.Sleep(200 * time.Millisecond)
	}
}
