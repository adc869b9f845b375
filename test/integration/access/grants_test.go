package access

import (
	"context"
	"fmt"
	"testing"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// subject is a user with groups.
type subject struct {
	user   string
	groups []string
}

// may asks kube-apiserver what kubectl auth can-i asks.
func (s subject) may(ctx context.Context, verb, subresource, namespace, name string) (bool, error) {
	review, err := e.Admin.AuthorizationV1().SubjectAccessReviews().Create(ctx, &authorizationv1.SubjectAccessReview{
		Spec: authorizationv1.SubjectAccessReviewSpec{User: s.user, Groups: append(s.groups, "system:authenticated"),
			ResourceAttributes: &authorizationv1.ResourceAttributes{
				Group: "eoepca.org", Resource: "workspaces", Subresource: subresource, Verb: verb, Namespace: namespace, Name: name,
			}},
	}, metav1.CreateOptions{})
	if err != nil {
		return false, err
	}
	return review.Status.Allowed, nil
}

// eventually waits until the subject may, or may not.
func (s subject) eventually(t *testing.T, want bool, verb, subresource, namespace, name string) {
	t.Helper()
	env.Eventually(t, fmt.Sprintf("%s may %s workspaces/%s %s: %v", s.user, verb, subresource, name, want), func() error {
		if may, err := s.may(t.Context(), verb, subresource, namespace, name); err != nil || may != want {
			return fmt.Errorf("it is %v, %w", may, err)
		}
		return nil
	})
}

// workspace is one with the bucket of its own name, as it is by default.
func workspace(ns, name, owner string, members ...v1alpha1.Member) *v1alpha1.Workspace {
	ws := env.Workspace(ns, name+"-"+ns)
	ws.Spec.Owner, ws.Spec.Members = owner, members
	ws.Spec.Storage.Buckets[0].Name = ws.Name
	return ws
}

func created(t testing.TB, ws *v1alpha1.Workspace) *v1alpha1.Workspace {
	t.Helper()
	made, err := e.Replicas[0].Workspaces(ws.Namespace).Create(t.Context(), ws, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// patched changes the spec by a merge patch.
func patched(t testing.TB, ws *v1alpha1.Workspace, spec string) *v1alpha1.Workspace {
	t.Helper()
	changed, err := e.Replicas[0].Workspaces(ws.Namespace).Patch(t.Context(), ws.Name, types.MergePatchType, []byte(`{"spec":`+spec+`}`), metav1.PatchOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return changed
}

// What members may do follows from what the workspace says of them, and from nothing else.
func TestMembersMayWhatTheirRoleSays(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := created(t, workspace(ns, "one", "alice", v1alpha1.Member{Name: "bob", Role: v1alpha1.MemberRoleAdmin}, v1alpha1.Member{Name: "eric"}))
	other := created(t, workspace(ns, "two", "zoe"))
	admins := []subject{{"alice", nil}, {"bob", nil}, {"token", []string{ws.Name + ":ws_admin"}}}
	users := []subject{{"eric", nil}, {"token", []string{ws.Name + ":ws_access"}}}
	programs := []subject{{"token", []string{ws.Name + ":ws_api"}}}
	strangers := []subject{{"mallory", nil}, {"zoe", []string{other.Name + ":ws_admin", ns + ":ws_admin"}}}
	for _, s := range append(append(admins, users...), programs...) {
		s.eventually(t, true, "get", "credentials", ns, ws.Name)
	}
	for _, test := range []struct {
		verb, subresource string
		who               [][]subject
	}{
		{"get", "", [][]subject{admins, users}},
		{"get", "credentials", [][]subject{admins, users, programs}},
		{"create", "launch", [][]subject{admins, users}},
		{"patch", "members", [][]subject{admins}},
		{"create", "token", [][]subject{admins}},
		{"patch", "", nil},
		{"delete", "", nil},
	} {
		may := map[string]bool{}
		for _, group := range test.who {
			for _, s := range group {
				may[fmt.Sprint(s)] = true
			}
		}
		for _, group := range [][]subject{admins, users, programs, strangers} {
			for _, s := range group {
				got, err := s.may(t.Context(), test.verb, test.subresource, ns, ws.Name)
				if err != nil || got != may[fmt.Sprint(s)] {
					t.Errorf("%v may %s workspaces/%s: %v, %v; want %v", s, test.verb, test.subresource, got, err, may[fmt.Sprint(s)])
				}
			}
		}
	}
	if may, err := admins[0].may(t.Context(), "get", "", ns, other.Name); err != nil || may {
		t.Errorf("alice may get the workspace of zoe: %v, %v", may, err)
	}

	ws = patched(t, ws, `{"owner":"bob","members":[{"name":"eric","role":"Admin"}]}`)
	subject{user: "eric"}.eventually(t, true, "patch", "members", ns, ws.Name)
	subject{user: "alice"}.eventually(t, false, "get", "", ns, ws.Name)
	if err := e.Replicas[1].Workspaces(ns).Delete(t.Context(), ws.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	subject{user: "eric"}.eventually(t, false, "get", "", ns, ws.Name)
	env.Eventually(t, "nothing is left behind", func() error { return empty(t.Context(), ns, ws.Name) })
}

// empty says what still grants something in a workspace.
func empty(ctx context.Context, ns, name string) error {
	for _, role := range []string{"admin", "access", "api"} {
		name := "eoepca:workspace-" + role + ":" + name
		if _, err := e.Admin.RbacV1().Roles(ns).Get(ctx, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("Role %s: %w", name, err)
		}
		if _, err := e.Admin.RbacV1().RoleBindings(ns).Get(ctx, name, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			return fmt.Errorf("RoleBinding %s: %w", name, err)
		}
	}
	return nil
}

// The groups of a token carry no namespace: they are the workspace's that owns the bucket of its name.
func TestGroupsBelongToOneWorkspaceOfTheCluster(t *testing.T) {
	t.Parallel()
	ns, elsewhere := e.Namespace(t), e.Namespace(t)
	ws := created(t, workspace(ns, "one", "alice"))
	twin := env.Workspace(elsewhere, ws.Name)
	twin.Spec.Owner = "zoe"
	created(t, twin)
	holder := subject{"token", []string{ws.Name + ":ws_admin"}}
	holder.eventually(t, true, "get", "", ns, ws.Name)
	subject{user: "zoe"}.eventually(t, true, "get", "", elsewhere, ws.Name)
	if may, err := holder.may(t.Context(), "get", "", elsewhere, ws.Name); err != nil || may {
		t.Errorf("the group of %s/%s opens its namesake: %v, %v", ns, ws.Name, may, err)
	}
}

func TestDriftIsRepairedAndWhatIsOthersIsLeftAlone(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	rbac := e.Admin.RbacV1()
	// Others' objects in the way of one's own, and beside them.
	foreign := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "eoepca:workspace-access:one-" + ns}}
	copied := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: "copy", Labels: map[string]string{"app.kubernetes.io/managed-by": "workspaces.eoepca.org"}}}
	for _, role := range []*rbacv1.Role{foreign, copied} {
		if _, err := rbac.Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	ws := created(t, workspace(ns, "one", "alice", v1alpha1.Member{Name: "eric"}))
	alice, eric, name := subject{user: "alice"}, subject{user: "eric"}, "eoepca:workspace-admin:one-"+ns
	alice.eventually(t, true, "get", "", ns, ws.Name)
	for what, harm := range map[string]func() error{
		"a Role is deleted":        func() error { return rbac.Roles(ns).Delete(t.Context(), name, metav1.DeleteOptions{}) },
		"a RoleBinding is deleted": func() error { return rbac.RoleBindings(ns).Delete(t.Context(), name, metav1.DeleteOptions{}) },
		"a Role is emptied": func() error {
			_, err := rbac.Roles(ns).Patch(t.Context(), name, types.MergePatchType, []byte(`{"rules":[]}`), metav1.PatchOptions{})
			return err
		},
		"a RoleBinding binds another": func() error {
			_, err := rbac.RoleBindings(ns).Patch(t.Context(), name, types.MergePatchType,
				[]byte(`{"subjects":[{"apiGroup":"rbac.authorization.k8s.io","kind":"User","name":"mallory"}]}`), metav1.PatchOptions{})
			return err
		},
		"a RoleBinding binds something else": func() error {
			binding, err := rbac.RoleBindings(ns).Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			if err := rbac.RoleBindings(ns).Delete(t.Context(), name, metav1.DeleteOptions{}); err != nil {
				return err
			}
			binding.ResourceVersion, binding.RoleRef.Name = "", "copy"
			_, err = rbac.RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{})
			if apierrors.IsAlreadyExists(err) {
				return nil // it was repaired sooner
			}
			return err
		},
		"a Role loses its owner": func() error {
			_, err := rbac.Roles(ns).Patch(t.Context(), name, types.MergePatchType, []byte(`{"metadata":{"ownerReferences":null}}`), metav1.PatchOptions{})
			return err
		},
	} {
		before, err := rbac.RoleBindings(ns).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		role, err := rbac.Roles(ns).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if err := harm(); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		env.Eventually(t, what, func() error {
			binding, err := rbac.RoleBindings(ns).Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			again, err := rbac.Roles(ns).Get(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				return err
			}
			got, want := fmt.Sprint(again.Rules, again.OwnerReferences, binding.Subjects, binding.RoleRef), fmt.Sprint(role.Rules, role.OwnerReferences, before.Subjects, before.RoleRef)
			if got != want {
				return fmt.Errorf("it is %s, want %s", got, want)
			}
			return nil
		})
		alice.eventually(t, true, "get", "", ns, ws.Name)
	}
	// A Role that somebody else has made stands in the way, and stays; it binds nobody.
	if may, err := eric.may(t.Context(), "get", "", ns, ws.Name); err != nil || may {
		t.Errorf("eric is granted the rules of another's Role: %v, %v", may, err)
	}
	for _, role := range []*rbacv1.Role{foreign, copied} {
		if got, err := rbac.Roles(ns).Get(t.Context(), role.Name, metav1.GetOptions{}); err != nil || len(got.Rules) > 0 || len(got.OwnerReferences) > 0 {
			t.Errorf("the Role %s of somebody else is %v, %v", role.Name, got, err)
		}
	}
	// When it is gone, eric gets what is his.
	if err := rbac.Roles(ns).Delete(t.Context(), foreign.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	patched(t, ws, `{"members":[{"name":"eric"},{"name":"ann"}]}`)
	eric.eventually(t, true, "get", "", ns, ws.Name)
}

// Another replica goes on when the one that binds roles ends, and finds what has changed meanwhile.
func TestTheNextReplicaFindsWhatWasLeftBehind(t *testing.T) {
	ns := e.Namespace(t)
	kept, lost := created(t, workspace(ns, "kept", "alice")), created(t, workspace(ns, "lost", "alice"))
	alice, bob := subject{user: "alice"}, subject{user: "bob"}
	alice.eventually(t, true, "get", "", ns, kept.Name)
	alice.eventually(t, true, "get", "", ns, lost.Name)
	for _, r := range e.Replicas {
		if err := r.Stop(); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Storages(ns).Delete(t.Context(), lost.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	added := workspace(ns, "kept", "alice")
	if _, err := e.Datalabs(ns).Patch(t.Context(), added.Name, types.MergePatchType, []byte(`{"spec":{"users":["bob"]}}`), metav1.PatchOptions{}); err != nil {
		t.Fatal(err)
	}
	// Left behind without an owner, so that the collector does not take it away.
	for _, name := range []string{"eoepca:workspace-admin:" + lost.Name} {
		unowned := []byte(`{"metadata":{"ownerReferences":null}}`)
		if _, err := e.Admin.RbacV1().RoleBindings(ns).Patch(t.Context(), name, types.MergePatchType, unowned, metav1.PatchOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range e.Replicas {
		if err := r.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range e.Replicas {
		if err := r.AwaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	bob.eventually(t, true, "get", "", ns, kept.Name)
	alice.eventually(t, false, "get", "", ns, kept.Name)
	env.Eventually(t, "what was left behind is removed", func() error { return empty(t.Context(), ns, lost.Name) })
	// The holder of the Lease ends first, whichever it is.
	for _, r := range e.Replicas {
		if err := r.Restart(); err != nil {
			t.Fatal(err)
		}
		if err := r.AwaitReady(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	patched(t, kept, `{"owner":"alice"}`)
	alice.eventually(t, true, "get", "", ns, kept.Name)
}

// A namespace goes with its workspaces and all that was bound in it.
func TestANamespaceCanBeDeleted(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	created(t, workspace(ns, "one", "alice"))
	subject{user: "alice"}.eventually(t, true, "get", "", ns, "one-"+ns)
	if err := e.Admin.CoreV1().Namespaces().Delete(t.Context(), ns, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	env.Eventually(t, "the namespace is gone", func() error {
		left, err := e.Admin.CoreV1().Namespaces().Get(t.Context(), ns, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return fmt.Errorf("%v, %w", conditions(left), err)
	})
}

func conditions(ns *corev1.Namespace) []corev1.NamespaceCondition {
	if ns == nil {
		return nil
	}
	return ns.Status.Conditions
}
