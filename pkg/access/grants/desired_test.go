package grants

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// workspace has an owner, and members written as name or name:Admin.
func workspace(name, owner string, members ...string) *eoepca.Workspace {
	ws := &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: "one", Name: name, UID: "uid-of-" + "it"}}
	ws.Spec.Owner = owner
	for _, member := range members {
		name, role, _ := strings.Cut(member, ":")
		ws.Spec.Members = append(ws.Spec.Members, eoepca.Member{Name: name, Role: eoepca.MemberRole(role)})
	}
	return ws
}

func withItsBucket(ws *eoepca.Workspace) *eoepca.Workspace {
	ws.Spec.Storage.Buckets = []eoepca.Bucket{{Name: ws.Name}}
	return ws
}

func TestWhoHasWhichRole(t *testing.T) {
	for _, test := range []struct {
		name string
		ws   *eoepca.Workspace
		want map[access.Role]string
	}{
		{"nobody", workspace("ws-a", ""), map[access.Role]string{}},
		{"an owner", workspace("ws-a", "alice"), map[access.Role]string{access.RoleAdmin: "User alice"}},
		{
			"members", workspace("ws-a", "alice", "bob:Admin", "eric:User", "ann:"),
			map[access.Role]string{access.RoleAdmin: "User alice, User bob", access.RoleAccess: "User eric, User ann"},
		},
		{"an owner who is a member as well", workspace("ws-a", "alice", "alice:User"), map[access.Role]string{access.RoleAdmin: "User alice"}},
		{"a member without a name", workspace("ws-a", "alice", ":User"), map[access.Role]string{access.RoleAdmin: "User alice"}},
		{
			"groups", withItsBucket(workspace("ws-a", "alice", "bob:User")),
			map[access.Role]string{
				access.RoleAdmin:  "User alice, Group ws-a:ws_admin",
				access.RoleAccess: "User bob, Group ws-a:ws_access",
				access.RoleAPI:    "Group ws-a:ws_api",
			},
		},
	} {
		got := map[access.Role]string{}
		r := recipientsOf(test.ws)
		for _, role := range access.GrantedRoles {
			g := r.grant(role)
			if g == nil {
				continue
			}
			var subjects []string
			for _, s := range g.binding.Subjects {
				subjects = append(subjects, s.Kind+" "+s.Name)
			}
			got[role] = strings.Join(subjects, ", ")
			if g.binding.RoleRef.Kind != "Role" || g.binding.RoleRef.Name != g.role.Name || g.binding.Namespace != "one" {
				t.Errorf("%s: the binding binds %+v", test.name, g.binding.RoleRef)
			}
			for _, rule := range g.role.Rules {
				if !slices.Equal(rule.ResourceNames, []string{"ws-a"}) {
					t.Errorf("%s: the rule %v is not for this workspace alone", test.name, rule)
				}
			}
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// Names of workspaces are DNS labels, and of pairs that were made directly DNS subdomains; both are tried against what else
// is in the names of roles.
func TestNoTwoWorkspacesShareTheNameOfARole(t *testing.T) {
	names := []string{"a", "a.b", "a-b", "admin", "access", "api", "a-admin", "admin-a", "a.admin", "admin.a", "ws-admin", "eoepca", "workspace-admin", "eoepca-workspace-admin"}
	whose := map[string]string{}
	for _, name := range names {
		for _, role := range access.GrantedRoles {
			object, grant := nameOf(role, name), fmt.Sprintf("%s in %s", role, name)
			if other, taken := whose[object]; taken {
				t.Errorf("%s is %s, and %s", object, other, grant)
			}
			whose[object] = grant
			if back, ok := workspaceOf(object); !ok || back != name {
				t.Errorf("%s is of %q, want %q", object, back, name)
			}
		}
	}
	for _, foreign := range []string{"", "ws-alice:admin", "eoepca:workspace-admin", "eoepca:workspace-admin:", "eoepca:workspace-operator:a", "x:eoepca:workspace-admin:a"} {
		if back, ok := workspaceOf(foreign); ok {
			t.Errorf("%q passes for a grant in %s", foreign, back)
		}
	}
}

func TestDriftIsWhateverIsOursToSay(t *testing.T) {
	wanted := recipientsOf(workspace("ws-a", "alice", "bob:User")).grant(access.RoleAdmin)
	for what, test := range map[string]struct {
		change func(*rbacv1.Role, *rbacv1.RoleBinding)
		drifts bool
	}{
		"a version": {func(r *rbacv1.Role, b *rbacv1.RoleBinding) { r.ResourceVersion, b.ResourceVersion = "7", "8" }, false},
		"a label of others": {func(r *rbacv1.Role, b *rbacv1.RoleBinding) {
			r.Labels, b.Labels = map[string]string{"a": "b"}, map[string]string{"a": "b"}
		}, false},
		"a rule": {func(r *rbacv1.Role, b *rbacv1.RoleBinding) {
			r.Rules, b.Subjects = append(r.Rules, rbacv1.PolicyRule{Verbs: []string{"get"}}), nil
		}, true},
		"a name": {func(r *rbacv1.Role, b *rbacv1.RoleBinding) {
			r.Rules[0].ResourceNames, b.Subjects[0].Name = nil, "mallory"
		}, true},
		"the owner": {func(r *rbacv1.Role, b *rbacv1.RoleBinding) { r.OwnerReferences, b.OwnerReferences = nil, nil }, true},
	} {
		role, binding := wanted.role.DeepCopy(), wanted.binding.DeepCopy()
		test.change(role, binding)
		if got := digest(role) != digest(wanted.role); got != test.drifts {
			t.Errorf("%s of a Role: drift %v, want %v", what, got, test.drifts)
		}
		if got := digest(binding) != digest(wanted.binding); got != test.drifts {
			t.Errorf("%s of a RoleBinding: drift %v, want %v", what, got, test.drifts)
		}
	}
}
