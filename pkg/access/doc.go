// Package access says who may do what with workspaces: the roles as a table, who may read a workspace as a function of its own
// fields, and the filter that keeps the others from learning of it.
//
// The filter is a storage.Interface around the one that the registry of workspaces would else have, so every verb and every
// subresource goes through it, whoever writes it: get, update, patch and delete of a hidden workspace answer as for a name that
// does not exist, and list, watch and deletecollection select what the caller may see as they select by labels. A
// subresource that reads workspaces in any other way than through the registry goes around it, and must not.
//
// The controller that binds the roles is in the package grants. Permissions themselves are Kubernetes' own: nothing here
// lets a request through that the authorizer has refused, and nothing here decides by verb.
package access
