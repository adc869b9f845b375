package access

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// NewCommand is the "access" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("access", "Find and request the buckets of others, grant and deny the requests for your own")
	workspace.AddTo(f, cmd)
	cmd.AddCommand(
		newDiscoverCommand(f, workspace), newRequestCommand(f, workspace), newWithdrawCommand(f, workspace),
		newListCommand(f, workspace), newGrantCommand(f, workspace), newDenyCommand(f, workspace), newRevokeCommand(f, workspace),
	)
	return cmd
}

// buckets are the workspace's own.
func buckets(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, bucket := range ws.Spec.Storage.Buckets {
		names = append(names, bucket.Name)
	}
	return names
}

// ownBucket demands that the bucket is the workspace's.
func ownBucket(ws *v1alpha1.Workspace, name string) error {
	if known := buckets(ws); !slices.Contains(known, name) {
		return util.NotAmong(ws.Name, "bucket", name, known)
	}
	return nil
}

// completeShared offers names that items finds in the sharing of the workspace meant. Of what is given already, nothing is.
func completeShared(f *util.Factory, workspace *util.WorkspaceFlag, items func(*v1alpha1.WorkspaceSharing, []string) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		const directive = cobra.ShellCompDirectiveNoFileComp
		ctx, cancel := context.WithTimeout(cmd.Context(), util.CompletionPatience)
		defer cancel()
		if err := workspace.Complete(f, cmd); err != nil {
			return nil, directive
		}
		client, err := f.Workspaces()
		if err != nil {
			return nil, directive
		}
		sharing, err := client.GetSharing(ctx, workspace.Name, metav1.GetOptions{})
		if err != nil {
			return nil, directive
		}
		return util.Offer(items(sharing, args), args, toComplete), directive
	}
}
