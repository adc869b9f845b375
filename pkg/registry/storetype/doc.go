// Package storetype serves the resource storetypes: which types of stores this cluster can run, and if not, why. They are
// computed at each request from what the operator of the server disables, from what the Datalab kind has room for, and from the
// operators whose custom resource definitions are installed. Nothing is stored; what a workspace's stores are is not said here.
package storetype
