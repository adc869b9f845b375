package access

import (
	"fmt"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned"
	typed "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// through speaks as a user to kube-apiserver, which asks the first replica.
func through(t testing.TB, user string, groups ...string) versioned.Interface {
	t.Helper()
	config, err := e.Aggregated(user, groups...)
	return clients(t, config, err)
}

// past speaks as a user to one replica.
func past(t testing.TB, r *env.Replica, user string, groups ...string) versioned.Interface {
	t.Helper()
	config, err := r.As(user, groups...)
	return clients(t, config, err)
}

func clients(t testing.TB, config *rest.Config, err error) versioned.Interface {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	made, err := versioned.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func in(c versioned.Interface, ns string) typed.WorkspaceInterface {
	return c.EoepcaV1alpha1().Workspaces(ns)
}

// allow gives a user verbs on all workspaces of a namespace, by hand, and waits until they hold.
func allow(t testing.TB, ns, user string, verbs ...string) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: user}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"eoepca.org"}, Resources: []string{"workspaces", "workspaces/sessions", "workspaces/credentials"}, Verbs: verbs},
	}}
	if _, err := e.Admin.RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: meta,
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}}}
	if _, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, user+" may", func() error {
		if may, err := (subject{user: user}).may(t.Context(), verbs[0], "", ns, ""); err != nil || !may {
			return fmt.Errorf("%v, %w", may, err)
		}
		return nil
	})
}

// names are those of a list, without the namespace that workspace adds.
func names(ns string, list *v1alpha1.WorkspaceList) []string {
	var names []string
	for _, ws := range list.Items {
		names = append(names, ws.Name[:len(ws.Name)-len(ns)-1])
	}
	return names
}

// told is everything that an error says.
func told(err error) string {
	if status, ok := err.(apierrors.APIStatus); ok {
		return fmt.Sprintf("%+v %+v", status.Status(), status.Status().Details)
	}
	return fmt.Sprint(err)
}
