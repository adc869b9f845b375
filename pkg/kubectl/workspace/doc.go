// Package workspace holds the commands on workspaces as a whole: create and get.
package workspace
