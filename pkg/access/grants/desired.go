package grants

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// What is ours bears this label, and a name that nameOf makes. What lacks one of the two is never touched.
const (
	managedByLabel = "app.kubernetes.io/managed-by"
	managedBy      = "workspaces." + eoepca.GroupName
)

// nameOf names the Role and the RoleBinding that grant a role in a workspace. A workspace's name holds no colon, so no two
// workspaces share one.
func nameOf(role access.Role, workspace string) string { return role.ClusterRole() + ":" + workspace }

// workspaceOf is the workspace that an object of this name grants a role in.
func workspaceOf(name string) (workspace string, ok bool) {
	for _, role := range access.GrantedRoles {
		if workspace, ok = strings.CutPrefix(name, nameOf(role, "")); ok && workspace != "" {
			return workspace, true
		}
	}
	return "", false
}

// recipients is what grants depend on: all that is kept of a workspace.
type recipients struct {
	metav1.ObjectMeta // namespace, name and uid

	subjects map[access.Role][]rbacv1.Subject
}

// recipientsOf says who has which role in a workspace.
func recipientsOf(ws *eoepca.Workspace) *recipients {
	r := &recipients{
		ObjectMeta: metav1.ObjectMeta{Namespace: ws.Namespace, Name: ws.Name, UID: ws.UID, ResourceVersion: ws.ResourceVersion},
		subjects:   map[access.Role][]rbacv1.Subject{},
	}
	r.add(access.RoleAdmin, rbacv1.UserKind, ws.Spec.Owner)
	for _, member := range ws.Spec.Members {
		if member.Name == ws.Spec.Owner {
			continue
		}
		role := access.RoleAccess
		if member.Role == eoepca.MemberRoleAdmin {
			role = access.RoleAdmin
		}
		r.add(role, rbacv1.UserKind, member.Name)
	}
	if access.HasGroups(ws) {
		for _, role := range access.GrantedRoles {
			r.add(role, rbacv1.GroupKind, role.Group(ws.Name))
		}
	}
	return r
}

func (r *recipients) add(role access.Role, kind, name string) {
	if name != "" {
		r.subjects[role] = append(r.subjects[role], rbacv1.Subject{APIGroup: rbacv1.GroupName, Kind: kind, Name: name})
	}
}

// grant is what gives somebody a role in a workspace.
type grant struct {
	role    *rbacv1.Role
	binding *rbacv1.RoleBinding
}

// grant is what there should be for a role; nil when nobody has it.
func (r *recipients) grant(role access.Role) *grant {
	subjects := r.subjects[role]
	if len(subjects) == 0 {
		return nil
	}
	meta := metav1.ObjectMeta{
		Namespace: r.Namespace,
		Name:      nameOf(role, r.Name),
		Labels:    map[string]string{managedByLabel: managedBy},
		// The collector removes them with the workspace, also while no server runs. They do not hold it up.
		OwnerReferences: []metav1.OwnerReference{{
			APIVersion: v1alpha1.SchemeGroupVersion.String(),
			Kind:       "Workspace",
			Name:       r.Name,
			UID:        r.UID,
		}},
	}
	return &grant{
		role: &rbacv1.Role{ObjectMeta: meta, Rules: role.Rules(r.Name)},
		binding: &rbacv1.RoleBinding{
			ObjectMeta: meta,
			Subjects:   subjects,
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: meta.Name},
		},
	}
}

// digest stands for all of a Role or a RoleBinding that is ours to say.
func digest(object any) string {
	var meta *metav1.ObjectMeta
	var content []any
	switch object := object.(type) {
	case *rbacv1.Role:
		meta, content = &object.ObjectMeta, []any{object.Rules}
	case *rbacv1.RoleBinding:
		meta, content = &object.ObjectMeta, []any{object.RoleRef, object.Subjects}
	}
	text, err := json.Marshal(append(content, meta.OwnerReferences))
	if err != nil {
		panic(fmt.Sprintf("types that are JSON are not: %v", err)) // cannot happen
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}
