// Package session is the "session" noun of the plugin: the interactive sessions of a workspace, how they are started and
// stopped, opened and listened to.
package session
