package eoepca

import "strings"

// What the names of the Secrets end in that providers write for a workspace, beside the one that has its principal's name.
const (
	datalabSuffix = "-datalab"
	oauthSuffix   = "-oauth-client"
)

// DatalabSecret is the name of the Secret with what the sessions of a workspace have in their environment.
func DatalabSecret(workspace string) string { return workspace + datalabSuffix }

// OAuthSecret is the name of the Secret with the OAuth client of a workspace.
func OAuthSecret(workspace string) string { return workspace + oauthSuffix }

// NamedSecrets are the Secrets that a workspace has by its name.
func NamedSecrets(workspace string) []string {
	return []string{DatalabSecret(workspace), OAuthSecret(workspace)}
}

// SecretOf answers the name of the workspace that would have a Secret by its name; empty when none would.
func SecretOf(secret string) string {
	for _, suffix := range []string{datalabSuffix, oauthSuffix} {
		if workspace, has := strings.CutSuffix(secret, suffix); has {
			return workspace
		}
	}
	return ""
}
