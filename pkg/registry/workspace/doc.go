// Package workspace serves the resource workspaces and its subresources: strategies (what a client may set, what is
// filled in, what is refused), the table that kubectl prints, and one file for each subresource. It wires the generic
// registry; how workspaces are composed of their parts and kept is the business of the storage behind Backend, and no
// part is named here.
package workspace
