package access

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var discoverExample = templates.Examples(`
	# The buckets that the workspace may ask for
	kubectl workspace access discover --workspace ws-bob

	# Their names alone, for a script
	kubectl workspace access discover --workspace ws-bob -o jsonpath='{.items[*].name}'`)

func newDiscoverCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	cmd := util.NewListCommand(f, workspace, util.ListSpec{
		Short:   "List the buckets that others offer",
		Long:    "List the buckets that other workspaces let everybody find, and that this workspace neither has nor asks for yet.",
		Example: discoverExample,
		Kind:    "Bucket",
		Columns: []util.Column{{Name: "Bucket"}, {Name: "Owner"}, {Name: "Owner Namespace", Wide: true}},
		Fetch:   offers,
		Polled:  true,
	})
	cmd.Use, cmd.Aliases = "discover", nil
	return cmd
}

func offers(ctx context.Context, client typedv1alpha1.WorkspaceInterface, ws *v1alpha1.Workspace, _ time.Time) ([]util.Row, error) {
	sharing, err := client.GetSharing(ctx, ws.Name, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	var rows []util.Row
	for _, bucket := range sharing.Discoverable {
		rows = append(rows, util.Row{
			Name:   bucket.Bucket,
			Cells:  []any{bucket.Bucket, bucket.Workspace, bucket.Namespace},
			Fields: map[string]any{"name": bucket.Bucket, "owner": bucket.Workspace, "ownerNamespace": bucket.Namespace},
		})
	}
	return rows, nil
}
