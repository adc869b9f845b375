// Package cluster holds the commands about the cluster that serves workspaces and about the plugin itself: check, version, support-bundle
// and ui. They must work for whoever may read nothing but his own workspaces: what is refused is unknown, and no error.
package cluster
