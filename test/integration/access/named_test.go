package access

import (
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// watchOne watches one workspace as kubectl get -w does when it is named.
func watchOne(t *testing.T, user string, ws *v1alpha1.Workspace) watch.Interface {
	t.Helper()
	w, err := in(through(t, user), ws.Namespace).Watch(t.Context(), metav1.ListOptions{
		FieldSelector: "metadata.name=" + ws.Name, ResourceVersion: ws.ResourceVersion, TimeoutSeconds: new(int64(60)),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return w
}

// Members have a Role that names their workspace. A watch by that name must not outlive it.
func TestAWatchByNameEndsWithTheMembership(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := created(t, workspace(ns, "one", "alice", v1alpha1.Member{Name: "bob"}))
	subject{user: "bob"}.eventually(t, true, "get", "", ns, ws.Name)
	w := watchOne(t, "bob", ws)
	patched(t, ws, `{"members":[]}`)
	left := patched(t, ws, `{"runtime":{"quota":{"memory":"1Gi"}}}`)
	patched(t, ws, `{"members":[{"name":"bob"}]}`)
	for _, want := range []watch.EventType{watch.Deleted, watch.Added} {
		event := <-w.ResultChan()
		got, ok := event.Object.(*v1alpha1.Workspace)
		if !ok || event.Type != want || got.ResourceVersion == left.ResourceVersion {
			t.Fatalf("bob is told %v, want %s", event, want)
		}
	}
}

// Whom a Role lets get a workspace of which he is no member follows it by its name until the Role is taken away.
func TestAWatchByNameEndsWithThePermission(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := created(t, workspace(ns, "one", "alice"))
	auditor, meta := subject{user: "auditor"}, metav1.ObjectMeta{Name: "auditor"}
	role := &rbacv1.Role{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"eoepca.org"}, Resources: []string{"workspaces"}, ResourceNames: []string{ws.Name}, Verbs: []string{"get"}},
	}}
	if _, err := e.Admin.RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: meta,
		RoleRef:  rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: auditor.user}}}
	if _, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	auditor.eventually(t, true, "get", "", ns, ws.Name)
	w := watchOne(t, auditor.user, ws)
	patched(t, ws, `{"runtime":{"quota":{"memory":"1Gi"}}}`)
	if event := <-w.ResultChan(); event.Type != watch.Modified {
		t.Fatalf("he is told %v", event)
	}
	if err := e.Admin.RbacV1().RoleBindings(ns).Delete(t.Context(), meta.Name, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	auditor.eventually(t, false, "get", "", ns, ws.Name)
	env.Eventually(t, "the watch ends", func() error { // once the server has forgotten that he may
		ws = patched(t, ws, `{"runtime":{"quota":{"memory":"`+ws.ResourceVersion+`"}}}`)
		event := <-w.ResultChan()
		if event.Type == watch.Error && apierrors.IsResourceExpired(apierrors.FromObject(event.Object)) {
			return nil
		}
		return apierrors.FromObject(event.Object)
	})
}
