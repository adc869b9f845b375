package workspace

import "context"

// Claims find out whose a name is that several workspaces may lay claim to. It is the oldest's of those that do, on every
// server.
type Claims interface {
	// PrincipalOwner finds the workspace of the cluster that has a principal.
	PrincipalOwner(principal string) (namespace, workspace string, found bool)
	// SecretOwner finds the workspace of a namespace that has a Secret, as its principal's or by the workspace's name.
	SecretOwner(namespace, secret string) (workspace string, found bool)
	// NameOwner finds the workspace of the cluster that has a name, and so the session namespace of that name.
	NameOwner(workspace string) (namespace string, found bool)
	// CatchUp waits until no claim is unknown that was made before a version.
	CatchUp(ctx context.Context, version string) error
}
