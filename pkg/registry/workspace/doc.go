// Package workspace serves the resource workspaces and its subresources: strategies (what a client may set, what is
// filled in, what is refused), the table that kubectl prints, and one file for each subresource. It wires the generic
// registry; how workspaces are composed of their parts and kept is the business of the storage behind Backend, and no
// part is named here.
//
// Who may see a workspace is decided below all of this, in the filter of pkg/access that newREST puts between the generic
// registry and the storage. So a subresource reads and writes workspaces through the REST that it is handed, with the
// context of its request, and asks nothing else about them.
package workspace
