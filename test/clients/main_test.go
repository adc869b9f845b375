// Package clients holds what the clients that people use must find: each in a file of its name, run as its users run it,
// through kube-apiserver and the aggregator, as an ordinary user whom RBAC lets work in one namespace. What the API itself
// promises belongs to test/api. It is a module of its own, since some of the clients depend on much that nothing else needs.
package clients

import (
	"errors"
	"os"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
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
	workspaces, err := versioned.NewForConfig(p.config(t))
	if err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "kube-apiserver publishes our schema", func() error {
		paths, err := workspaces.Discovery().OpenAPIV3().Paths()
		if err != nil {
			return err
		}
		schema, published := paths["apis/"+v1alpha1.SchemeGroupVersion.String()]
		if !published {
			return errors.New("it does not yet")
		}
		_, err = schema.Schema("application/json")
		return err
	})
	env.Eventually(t, "the role admin has our rules", func() error {
		_, err := workspaces.EoepcaV1alpha1().Workspaces(p.namespace).Get(t.Context(), "none", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	})
	return p
}

// shell is the user's command line.
func (p place) shell(t *testing.T, path ...string) *commandline.User {
	t.Helper()
	return commandline.New(t, e, p.user, p.namespace, path...)
}

// config is the configuration of the user's clients.
func (p place) config(t *testing.T) *rest.Config {
	t.Helper()
	config, err := e.Aggregated(p.user)
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// client is the user's client for objects of any kind, as controllers and GitOps tools have it.
func (p place) client(t *testing.T) client.WithWatch {
	t.Helper()
	c, err := client.NewWithWatch(p.config(t), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// deploysCluster makes the user one who may do everything in the cluster, as those who deploy it.
func (p place) deploysCluster(t *testing.T) {
	t.Helper()
	_, err := e.Admin.RbacV1().ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: p.user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: p.user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// object is a manifest, in the place's namespace unless it names another.
func (p place) object(t *testing.T, manifest string) *unstructured.Unstructured {
	t.Helper()
	o := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(manifest), &o.Object); err != nil {
		t.Fatal(err)
	}
	if o.GetNamespace() == "" && o.GetKind() != "Namespace" {
		o.SetNamespace(p.namespace)
	}
	return o
}

// principal is the line of a manifest that names it.
func (p place) principal(name string) string { return "    principal: " + name + "-" + p.namespace }

// manifest is a workspace in YAML as a user writes it, with further lines of its spec. Its principal and bucket are
// named after the namespace too, since they are unique in a cluster.
func (p place) manifest(name string, spec ...string) string {
	lines := append([]string{
		"apiVersion: eoepca.org/v1alpha1",
		"kind: Workspace",
		"metadata:",
		"  name: " + name,
		"spec:",
		"  owner: alice",
		"  storage:",
		p.principal(name),
		"    buckets:",
		"    - name: " + name + "-" + p.namespace,
	}, spec...)
	return strings.Join(lines, "\n") + "\n"
}
