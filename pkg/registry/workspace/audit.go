package workspace

import (
	"context"
	"strings"

	"k8s.io/apiserver/pkg/audit"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// The annotations of audit events that tell what a request touched beyond the workspace: names, never values.
const (
	auditSecrets   = "workspaces.eoepca.org/secrets"
	auditStores    = "workspaces.eoepca.org/store-types"
	auditSession   = "workspaces.eoepca.org/session"
	auditNamespace = "workspaces.eoepca.org/session-namespace"
)

// auditRead tells which Secrets a request is answered from.
func auditRead(ctx context.Context, ws *eoepca.Workspace, names ...string) {
	for i := range names {
		names[i] = ws.Namespace + "/" + names[i]
	}
	audit.AddAuditAnnotation(ctx, auditSecrets, strings.Join(names, ","))
}
