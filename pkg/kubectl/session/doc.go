// Package session holds the commands on the sessions of a workspace: list, start and stop.
package session
