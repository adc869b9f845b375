package api

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// bind gives a user a ClusterRole in a namespace.
func bind(t testing.TB, ns, user, role string) {
	t.Helper()
	_, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// Who may do what: each role that is shipped, bound by hand, and nobody at all.
func TestRoles(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	path := at(ns, ws.Name)
	requests := []struct {
		name string
		send func(*caller) *answer
	}{
		{"get", func(c *caller) *answer { return c.get(t, path) }},
		{"status", func(c *caller) *answer { return c.get(t, path+"/status") }},
		{"credentials", func(c *caller) *answer { return c.get(t, path+"/credentials") }},
		{"launch", func(c *caller) *answer {
			return c.post(t, path+"/launch"+dryRun, object{"spec": object{"session": "main"}})
		}},
		{"sessions", func(c *caller) *answer { return c.get(t, path+"/sessions") }},
		{"change sessions", func(c *caller) *answer {
			return c.patch(t, path+"/sessions"+dryRun, strategicPatch, `{"spec": {"sessions": [{"name": "more"}]}}`)
		}},
		{"list", func(c *caller) *answer { return c.get(t, at(ns)) }},
		{"create", func(c *caller) *answer { return c.post(t, at(ns)+dryRun, written(t, ns, "new", "")) }},
		{"change", func(c *caller) *answer {
			return c.patch(t, path+dryRun, mergePatch, `{"spec": {"runtime": {"quota": {"memory": "2Gi"}}}}`)
		}},
		{"delete", func(c *caller) *answer { return c.delete(t, path+dryRun, nil) }},
		{"delete all", func(c *caller) *answer { return c.delete(t, at(ns)+dryRun, nil) }},
	}
	for role, may := range map[string][]string{
		"":                        {"list"}, // which answers that there is none
		"eoepca:workspace-api":    {"credentials", "list"},
		"eoepca:workspace-access": {"get", "status", "credentials", "launch", "list"},
		"eoepca:workspace-admin":  {"get", "status", "credentials", "launch", "sessions", "change sessions", "list"},
		"view":                    {"get", "status", "sessions", "list"},
		"edit":                    {"get", "status", "credentials", "launch", "sessions", "change sessions", "list", "create", "change", "delete", "delete all"},
		"eoepca:workspace-operator": {"get", "status", "credentials", "launch", "sessions", "change sessions", "list", "create", "change",
			"delete", "delete all"},
	} {
		t.Run("role "+role, func(t *testing.T) {
			user := "user-" + randomName()
			if role != "" {
				bind(t, ns, user, role)
			}
			c := as(t, user)
			if len(may) > 0 {
				env.Eventually(t, "the role is known", func() error {
					for _, r := range requests {
						if r.name == may[0] && r.send(c).code == http.StatusForbidden {
							return fmt.Errorf("%s may not %s", user, r.name)
						}
					}
					return nil
				})
			}
			for _, r := range requests {
				a := r.send(c)
				if forbidden := a.code == http.StatusForbidden; forbidden == slices.Contains(may, r.name) {
					t.Errorf("%s: the answer is %d: %.300s", r.name, a.code, a.body)
				}
				if a.code >= 500 {
					t.Errorf("%s: the answer is %d: %.300s", r.name, a.code, a.body)
				}
			}
			// Whether something exists is not told to those who may not know.
			if missing := c.get(t, at(ns, "missing")).code; !slices.Contains(may, "get") && missing != http.StatusForbidden {
				t.Errorf("get of what does not exist: the answer is %d", missing)
			}
		})
	}
}

// A Role with the name of a workspace opens that one, and no other.
func TestRoleForOneWorkspace(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	mine, other := made(t, ns, "mine", ""), made(t, ns, "other", "")
	user := "user-" + randomName()
	role := &rbacv1.Role{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: []rbacv1.PolicyRule{
		{APIGroups: []string{"eoepca.org"}, Resources: []string{"workspaces"}, ResourceNames: []string{mine.Name}, Verbs: []string{"get", "list", "watch"}},
		{APIGroups: []string{"eoepca.org"}, Resources: []string{"workspaces/launch"}, ResourceNames: []string{mine.Name}, Verbs: []string{"create"}},
	}}
	if _, err := e.Admin.RbacV1().Roles(ns).Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{ObjectMeta: metav1.ObjectMeta{Name: user}, RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: user},
		Subjects: []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: user}}}
	if _, err := e.Admin.RbacV1().RoleBindings(ns).Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	c := as(t, user)
	env.Eventually(t, "the role is known", func() error {
		if a := c.get(t, at(ns, mine.Name)); a.code != http.StatusOK {
			return fmt.Errorf("the answer is %d", a.code)
		}
		return nil
	})
	launch := object{"spec": object{"session": "main"}}
	c.post(t, at(ns, mine.Name, "launch"), launch).want(t, http.StatusCreated)
	c.get(t, query(at(ns), "fieldSelector", "metadata.name="+mine.Name)).want(t, http.StatusOK)
	c.get(t, at(ns, other.Name)).want(t, http.StatusForbidden)
	c.post(t, at(ns, other.Name, "launch"), launch).want(t, http.StatusForbidden)
	c.get(t, at(ns, mine.Name, "credentials")).want(t, http.StatusForbidden)
}

// Whoever may change sessions changes nothing else that way.
func TestSessionsSection(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	user := "user-" + randomName()
	bind(t, ns, user, "eoepca:workspace-admin")
	c, path := as(t, user), at(ns, ws.Name, "sessions")
	env.Eventually(t, "the role is known", func() error {
		if a := c.get(t, path); a.code != http.StatusOK {
			return fmt.Errorf("the answer is %d", a.code)
		}
		return nil
	})
	body := `{"metadata": {"labels": {"a": "b"}}, "spec": {"owner": "mallory", "members": [{"name": "mallory"}], "sessions": [{"name": "more", "state": "Stopped"}]}}`
	got := c.patch(t, path, strategicPatch, body).want(t, http.StatusOK).workspace(t)
	if got.Spec.Owner != "alice" || len(got.Spec.Members) != 0 || got.Labels["a"] != "" || len(got.Spec.Sessions) != 2 {
		t.Errorf("got %+v", got.Spec)
	}
	got.Spec.Sessions = got.Spec.Sessions[:1]
	got.Spec.Owner = "mallory"
	if got = c.put(t, path, got).want(t, http.StatusOK).workspace(t); len(got.Spec.Sessions) != 1 || got.Spec.Owner != "alice" {
		t.Errorf("got %+v", got.Spec)
	}
	refused(t, c.patch(t, path, strategicPatch, `{"spec": {"sessions": [{"name": "x", "state": "Odd"}]}}`), refusal{"spec.sessions[0].state", []string{`"Odd"`}})
	c.patch(t, at(ns, "missing", "sessions"), mergePatch, `{}`).want(t, http.StatusNotFound)
	missing := written(t, ns, "missing", "")
	c.patch(t, at(ns, nameOf(missing), "sessions")+"?fieldManager=m", applyPatch, missing).want(t, http.StatusNotFound)
	apply := object{"apiVersion": "eoepca.org/v1alpha1", "kind": "Workspace", "metadata": object{"name": ws.Name},
		"spec": object{"sessions": []any{object{"name": "applied", "state": "Stopped"}}}}
	got = c.patch(t, path+"?fieldManager=m", applyPatch, apply).want(t, http.StatusOK).workspace(t)
	if !slices.ContainsFunc(got.Spec.Sessions, func(s v1alpha1.Session) bool { return s.Name == "applied" }) {
		t.Errorf("got %+v", got.Spec.Sessions)
	}
}

// A launch starts a declared session, and answers its status.
func TestLaunch(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	ws := made(t, ns, "one", "")
	path := at(ns, ws.Name, "launch")
	var launch v1alpha1.WorkspaceLaunch
	operator(t).post(t, path, object{"spec": object{"session": "main"}}).want(t, http.StatusCreated).into(t, &launch)
	if launch.Kind != "WorkspaceLaunch" || launch.Status.Name != "main" || launch.Name != ws.Name {
		t.Errorf("the answer is %+v", launch)
	}
	if got := operator(t).get(t, at(ns, ws.Name)).workspace(t); got.Spec.Sessions[0].State != v1alpha1.SessionStarted {
		t.Errorf("the session is %+v", got.Spec.Sessions)
	}
	for _, test := range []struct {
		path string
		body object
		code int
		says string
	}{
		{path, object{"spec": object{"session": "other"}}, 404, `declares no session "other": it declares "main"`},
		{path, object{"spec": object{}}, 422, "spec.session"},
		{path, object{"metadata": object{"name": "else"}, "spec": object{"session": "main"}}, 400, "metadata.name"},
		{at(ns, "missing", "launch"), object{"spec": object{"session": "main"}}, 404, `"missing" not found`},
	} {
		a := operator(t).post(t, test.path, test.body).want(t, test.code)
		if !contains(a.status(t).Message, test.says) {
			t.Errorf("the answer is %s, want %s", a.body, test.says)
		}
	}
}
