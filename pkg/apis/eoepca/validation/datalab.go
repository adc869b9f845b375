package validation

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// maxServiceName is the length of the longest name of a Service, which each session has: <workspace>-<session>.
const maxServiceName = 63

// owner is required of a new workspace, and cannot be taken away: the first member would become it.
func (v *validator) owner(path *field.Path) {
	owner, old := v.ws.Spec.Owner, v.old.Spec.Owner
	firstMember := len(v.ws.Spec.Members) > 0 && len(v.old.Spec.Members) == 0
	switch {
	case owner != "" && owner == old:
	case owner != "":
		v.userName(path, owner)
	case v.creating && strings.HasPrefix(v.opts.Caller, "system:"):
		v.required(path, fmt.Sprintf("must be named: the caller %s cannot own a workspace", v.opts.Caller))
	case v.creating || old != "" || firstMember:
		v.required(path, "")
	}
}

func (v *validator) members(path *field.Path) {
	owner := v.ws.Spec.Owner
	newOwner := owner != v.old.Spec.Owner
	if newOwner && owner != "" {
		for i := range v.ws.Spec.Members {
			if v.ws.Spec.Members[i].Name == owner {
				v.ownerAsMember(path.Index(i).Child("name"), owner)
			}
		}
	}
	eachChanged(v, path, "name", v.ws.Spec.Members, v.old.Spec.Members,
		func(m *eoepca.Member) string { return m.Name },
		func(path *field.Path, member, was *eoepca.Member) {
			if was == nil {
				v.userName(path.Child("name"), member.Name)
				if !newOwner && owner != "" && member.Name == owner {
					v.ownerAsMember(path.Child("name"), owner)
				}
				was = &eoepca.Member{}
			}
			optionalEnum(v, path.Child("role"), member.Role, was.Role, eoepca.MemberRoleAdmin, eoepca.MemberRoleUser)
			v.stamp(path.Child("grantedAt"), member.GrantedAt, was.GrantedAt)
		})
}

func (v *validator) ownerAsMember(path *field.Path, owner string) {
	v.invalid(path, owner, "is the owner: members are the other users")
}

func (v *validator) sessions(path *field.Path) {
	sessions, old := v.ws.Spec.Sessions, v.old.Spec.Sessions
	// A workspace that has more than the limit, since that was lowered, may keep them but not grow.
	if len(sessions) > max(v.opts.MaxSessions, len(old)) {
		v.errs = append(v.errs, field.TooMany(path, len(sessions), v.opts.MaxSessions))
	}
	eachChanged(v, path, "name", sessions, old,
		func(s *eoepca.Session) string { return s.Name },
		func(path *field.Path, session, was *eoepca.Session) {
			if was == nil {
				v.sessionName(path.Child("name"), session.Name)
				was = &eoepca.Session{}
			}
			optionalEnum(v, path.Child("state"), session.State, was.State, eoepca.SessionStarted, eoepca.SessionStopped)
		})
}

func (v *validator) sessionName(path *field.Path, name string) {
	if name == "" {
		v.required(path, "")
		return
	}
	v.label(path, name)
	if service := v.ws.Name + "-" + name; len(service) > maxServiceName {
		v.invalid(path, name, fmt.Sprintf("is too long: %q may have at most %d characters", service, maxServiceName))
	}
}

func (v *validator) stores(path *field.Path) {
	stores, old := &v.ws.Spec.Stores, &v.old.Spec.Stores
	databases := path.Child("databases")
	unavailable := v.unavailable("databases")
	eachChanged(v, databases, "name", stores.Databases, old.Databases,
		func(d *eoepca.Database) string { return d.Name },
		func(path *field.Path, database, was *eoepca.Database) {
			if was == nil {
				v.newStore(path, database.Name, unavailable)
				was = &eoepca.Database{}
			}
			v.databaseNames(path.Child("databases"), database.Databases, was.Databases)
			v.size(path.Child("storage"), database.Storage, was.Storage)
			v.size(path.Child("backupStorage"), database.BackupStorage, was.BackupStorage)
		})
	v.plainStores(path.Child("vectors"), "vectors", stores.Vectors, old.Vectors)
	v.plainStores(path.Child("caches"), "caches", stores.Caches, old.Caches)
	v.plainStores(path.Child("documents"), "documents", stores.Documents, old.Documents)
	if !same(*stores, *old) {
		v.variables(path)
	}
}

func (v *validator) plainStores(path *field.Path, storeType string, stores, old []eoepca.Store) {
	unavailable := v.unavailable(storeType)
	eachChanged(v, path, "name", stores, old,
		func(s *eoepca.Store) string { return s.Name },
		func(path *field.Path, store, was *eoepca.Store) {
			if was == nil {
				v.newStore(path, store.Name, unavailable)
				was = &eoepca.Store{}
			}
			v.size(path.Child("storage"), store.Storage, was.Storage)
		})
}

// unavailable asks once for each type why no new store of it can be made; empty when it can.
func (v *validator) unavailable(storeType string) func() string {
	var asked bool
	var answer string
	return func() string {
		if asked || v.opts.StoreAvailable == nil {
			return answer
		}
		asked = true
		if available, reason := v.opts.StoreAvailable(storeType); !available {
			answer = fmt.Sprintf("%s are not available: %s", storeType, reason)
		}
		return answer
	}
}

func (v *validator) newStore(path *field.Path, name string, unavailable func() string) {
	if reason := unavailable(); reason != "" {
		v.forbidden(path, reason)
	}
	if name == "" {
		v.required(path.Child("name"), "")
		return
	}
	v.label(path.Child("name"), name)
}

// maxDatabaseName is the length of the longest identifier of PostgreSQL.
const maxDatabaseName = 63

func (v *validator) databaseNames(path *field.Path, names, old []string) {
	if same(names, old) && len(names) > 0 {
		return
	}
	if len(names) == 0 {
		v.required(path, "must name at least one database")
		return
	}
	eachChanged(v, path, "", names, old, func(name *string) string { return *name },
		func(path *field.Path, name, _ *string) {
			switch {
			case *name == "":
				v.required(path, "")
			case strings.TrimSpace(*name) != *name || len(*name) > maxDatabaseName:
				v.invalid(path, *name, fmt.Sprintf("must have at most %d characters, and no white space at an end", maxDatabaseName))
			}
		})
}
