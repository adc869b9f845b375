// Package store is the "store" noun of the plugin: the databases and other stores of a workspace, and how a client of each is
// brought to it.
package store
