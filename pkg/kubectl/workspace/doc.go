// Package workspace holds the commands on workspaces as a whole: those that make, show, follow, choose and delete them. What is inside
// of a workspace has a package of its own.
package workspace
