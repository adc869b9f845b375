// Package sessionproxy carries HTTP and WebSocket requests to a session and its answers back: where a session is reached, which
// part of a request's path and which of its headers are meant for it, what of its answers may speak for itself alone, and how
// long it may keep silent. Whether there is such a session, and who may reach it, is decided by the caller.
//
// A session runs its users' code. So it is trusted with nothing of the caller but what he sends it, and nothing that
// it answers is followed.
package sessionproxy
