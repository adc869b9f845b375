// Package grants keeps, for each workspace, the Roles and RoleBindings by which its owner, its members and the groups of its
// name may do what the roles of package access say: so Kubernetes decides, and kubectl auth can-i knows it.
//
// The files: desired says what there should be, held what there is, and controller makes the one the other, in the replica that
// holds the Lease (lease). Roles that an administrator binds by hand are none of its business, and who may see a
// workspace is not decided here.
package grants
