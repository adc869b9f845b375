package access

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var denyExample = templates.Examples(`
	# Turn a request down, or take back what was granted on it
	kubectl workspace access deny ws-alice-eo --to ws-bob --workspace ws-alice

	# Turn all down that wait for an answer
	kubectl workspace access deny ws-alice-eo --all --workspace ws-alice`)

func newDenyCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	d := newDecision(f, workspace, "denied")
	cmd := &cobra.Command{
		Use:   "deny BUCKET (--to PRINCIPAL... | --all)",
		Short: "Deny others access to a bucket",
		Long: util.Long(
			"Deny other workspaces access to a bucket of this one. They see that they are denied; what was granted ends. " +
				"The command \"revoke\" forgets the denial, and the request waits again."),
		Example:           denyExample,
		ValidArgsFunction: workspace.CompleteItems(f, 1, buckets),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := d.complete(cmd, args, "to"); err != nil {
				return err
			}
			return d.deny(cmd.Context())
		},
	}
	d.addFlags(cmd, "to", "Whom to deny it", "Deny all whose requests wait for an answer.",
		granteesIn(v1alpha1.ShareRequested, v1alpha1.ShareOffered, v1alpha1.ShareGranted, v1alpha1.ShareUnresolved))
	return cmd
}

func (d *decision) deny(ctx context.Context) error {
	if err := d.resolve(ctx); err != nil {
		return err
	}
	ws, err := d.edit(ctx, func(was *v1alpha1.AccessGrant, grantee string) (*v1alpha1.AccessGrant, string) {
		is := &v1alpha1.AccessGrant{Bucket: d.bucket, Grantee: grantee}
		if was != nil {
			is = was.DeepCopy()
		}
		is.Permission = v1alpha1.PermissionNone
		return is, grantee
	})
	if err != nil {
		return err
	}
	if len(d.grantees) == 0 {
		return d.nobody("requests that wait")
	}
	return d.report(ctx, ws, "denied to")
}
