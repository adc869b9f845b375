package access

import (
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Role is one of the roles that workspaces know.
type Role string

const (
	// RoleAccess works in a workspace.
	RoleAccess Role = "access"
	// RoleAPI lets a program reach the buckets and stores of a workspace.
	RoleAPI Role = "api"
	// RoleAdmin manages a workspace: access, and all that its owner decides.
	RoleAdmin Role = "admin"
	// RoleOperator makes, changes and deletes workspaces, their runtime included.
	RoleOperator Role = "operator"
	// RoleUser finds the workspaces that are his.
	RoleUser Role = "user"
)

// Roles are all of them.
var Roles = []Role{RoleAccess, RoleAPI, RoleAdmin, RoleOperator, RoleUser}

// GrantedRoles are those that the owner, the members and the groups of one workspace have in it. The others are bound by
// an administrator.
var GrantedRoles = []Role{RoleAdmin, RoleAccess, RoleAPI}

// Permission is what some roles may do; with what no permission names, nobody may do anything.
type Permission struct {
	Verbs, Resources []string
	Roles            []Role
}

// Permissions is the table of what the roles may do, of which the ClusterRoles in artifacts/base and the Roles of each
// workspace are copies.
var Permissions = []Permission{
	{[]string{"get"}, []string{"workspaces", "workspaces/status", "workspaces/usage", "workspaces/sharing"}, []Role{RoleAccess, RoleAdmin, RoleOperator}},
	{[]string{"get"}, []string{"workspaces/credentials"}, []Role{RoleAccess, RoleAPI, RoleAdmin, RoleOperator}},
	{[]string{"create"}, []string{"workspaces/launch"}, []Role{RoleAccess, RoleAdmin, RoleOperator}},
	{[]string{"get", "create", "update", "patch", "delete"}, []string{"workspaces/proxy"}, []Role{RoleAccess, RoleAdmin, RoleOperator}},
	{
		[]string{"get", "update", "patch"},
		[]string{"workspaces/members", "workspaces/buckets", "workspaces/access", "workspaces/stores", "workspaces/sessions"},
		[]Role{RoleAdmin, RoleOperator},
	},
	{[]string{"create"}, []string{"workspaces/token"}, []Role{RoleAdmin, RoleOperator}},
	{[]string{"get"}, []string{"workspaces/kubeconfig"}, []Role{RoleAdmin, RoleOperator}},
	{[]string{"list", "watch"}, []string{"workspaces"}, []Role{RoleUser, RoleOperator}},
	{[]string{"create", "update", "patch", "delete", "deletecollection"}, []string{"workspaces"}, []Role{RoleOperator}},
	{[]string{"get", "list"}, []string{"storetypes"}, []Role{RoleUser, RoleOperator}},
}

// ClusterRole is the name of the ClusterRole that grants the role in all workspaces of wherever it is bound.
func (r Role) ClusterRole() string { return "eoepca:workspace-" + string(r) }

// Group is the group whose users have the role in the workspace of this name.
func (r Role) Group(workspace string) string { return workspace + ":" + r.suffix() }

func (r Role) suffix() string { return "ws_" + string(r) }

// ParseGroup answers which workspace and which role a group stands for, if it does.
func ParseGroup(group string) (workspace string, role Role, ok bool) {
	colon := strings.LastIndexByte(group, ':')
	if colon <= 0 {
		return "", "", false
	}
	for _, role := range GrantedRoles {
		if group[colon+1:] == role.suffix() {
			return group[:colon], role, true
		}
	}
	return "", "", false
}

// Rules are what the role may do, in workspaces of these names alone if there are any. Those that a name limits cannot
// create, list or watch workspaces.
func (r Role) Rules(names ...string) []rbacv1.PolicyRule {
	var rules []rbacv1.PolicyRule
	for _, p := range Permissions {
		if !slices.Contains(p.Roles, r) {
			continue
		}
		same := slices.IndexFunc(rules, func(rule rbacv1.PolicyRule) bool { return slices.Equal(rule.Verbs, p.Verbs) })
		if same < 0 {
			same = len(rules)
			rules = append(rules, rbacv1.PolicyRule{APIGroups: []string{eoepca.GroupName}, ResourceNames: names, Verbs: p.Verbs})
		}
		rules[same].Resources = append(rules[same].Resources, p.Resources...)
	}
	return rules
}
