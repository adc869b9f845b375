package bucket

import (
	"slices"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// NewCommand is the "bucket" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("bucket", "List, create, change and delete the buckets of a workspace")
	cmd.Aliases = []string{"buckets"}
	workspace.AddTo(f, cmd)
	cmd.AddCommand(
		newListCommand(f, workspace), newCreateCommand(f, workspace), newUpdateCommand(f, workspace), newDeleteCommand(f, workspace),
		newLifecycleCommand(f, workspace),
	)
	return cmd
}

func names(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, bucket := range ws.Spec.Storage.Buckets {
		names = append(names, bucket.Name)
	}
	return names
}

// find is the workspace's bucket of this name.
func find(ws *v1alpha1.Workspace, name string) (*v1alpha1.Bucket, error) {
	at := slices.Index(names(ws), name)
	if at < 0 {
		return nil, util.NotAmong(ws.Name, "bucket", name, names(ws))
	}
	return &ws.Spec.Storage.Buckets[at], nil
}

// discoverable says whether others may find the bucket; left out means no.
func discoverable(bucket *v1alpha1.Bucket) bool {
	return bucket.Discoverable != nil && *bucket.Discoverable
}
