package workspace

import "github.com/eoepca/workspaces/pkg/apis/eoepca/defaulting"

// Policy is what the operator of the server decides about workspaces.
type Policy struct {
	// Defaults fill in what a new workspace leaves out, and hold its limits.
	Defaults defaulting.Config
	// S3Endpoint and S3Region complete credentials whose Secret does not name them.
	S3Endpoint, S3Region string
}
