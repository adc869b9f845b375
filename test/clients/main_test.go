// Package clients holds what the clients that people use must find: each in a file of its name, run as its users run it,
// through kube-apiserver and the aggregator, as an ordinary user whom RBAC lets work in one namespace. What the API itself
// promises belongs to test/api. It is a module of its own, since some of the clients depend on much that nothing else needs.
package clients

import (
	"os"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/test/commandline"
	"github.com/eoepca/workspaces/test/integration/env"
)

// e is shared by all tests.
var e *env.Env

func TestMain(m *testing.M) { os.Exit(env.Main(m, env.Options{Replicas: 1}, &e)) }

// place is a namespace in which a test works, and whoever works there.
type place struct {
	namespace string
	user      string
}

// newPlace makes a namespace where providers are at work.
func newPlace(t *testing.T) place {
	t.Helper()
	p := newIdlePlace(t)
	e.PlayProviders(t, p.namespace)
	return p
}

// newIdlePlace makes a namespace, and a user who has the built-in role admin there, which lets him work with workspaces too.
func newIdlePlace(t *testing.T) place {
	t.Helper()
	p := place{namespace: e.Namespace(t)}
	p.user = "user-of-" + p.namespace
	_, err := e.Admin.RbacV1().RoleBindings(p.namespace).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "user"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: p.user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// shell is the user's command line.
func (p place) shell(t *testing.T, path ...string) *commandline.User {
	t.Helper()
	return commandline.New(t, e, p.user, p.namespace, path...)
}

// manifest is a workspace in YAML as a user writes it, with further lines of its spec. Its bucket is named after the
// namespace too, since names of buckets are unique in a cluster.
func (p place) manifest(name string, spec ...string) string {
	lines := append([]string{
		"apiVersion: eoepca.org/v1alpha1",
		"kind: Workspace",
		"metadata:",
		"  name: " + name,
		"spec:",
		"  owner: alice",
		"  storage:",
		"    buckets:",
		"    - name: " + name + "-" + p.namespace,
	}, spec...)
	return strings.Join(lines, "\n") + "\n"
}
