package access

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var revokeExample = templates.Examples(`
	# Take back what was granted; the request waits for an answer again
	kubectl workspace access revoke ws-alice-eo --from ws-bob --workspace ws-alice

	# Take back all that was granted or denied on a bucket, as before deleting it
	kubectl workspace access revoke ws-alice-eo --all --yes --workspace ws-alice`)

type revokeOptions struct {
	*decision
	util.Confirmation
}

func newRevokeCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &revokeOptions{decision: newDecision(f, workspace, "revoked")}
	cmd := &cobra.Command{
		Use:   "revoke BUCKET (--from PRINCIPAL... | --all)",
		Short: "Take back grants and denials of a bucket",
		Long: util.Long(
			"Take back what was granted on a bucket, or denied. Whoever has asked for the bucket still does, and waits for an answer again. " +
				"The command \"deny\" says no for good."),
		Example:           revokeExample,
		ValidArgsFunction: workspace.CompleteItems(f, 1, buckets),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args, "from"); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	o.addFlags(cmd, "from", "Whose grant or denial to take back", "Take back all grants and denials of the bucket.",
		granteesIn(v1alpha1.ShareOffered, v1alpha1.ShareGranted, v1alpha1.ShareDenied, v1alpha1.ShareUnresolved))
	// Who has just typed "grant --to" or "deny --to" need not think.
	cmd.Flags().StringSliceVar(&o.grantees, "to", o.grantees, "The same as --from.")
	cobra.CheckErr(cmd.Flags().MarkHidden("to"))
	o.Confirmation.AddTo(cmd.Flags())
	return cmd
}

func (o *revokeOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if o.all && !o.NeverWritten() {
		if err := o.Ask(ctx, o.Factory, cmd, fmt.Sprintf("Nobody else may use bucket %s any more.", o.bucket), ""); err != nil {
			return err
		}
	}
	if err := o.resolve(ctx); err != nil {
		return err
	}
	if o.all && len(o.grantees) == 0 {
		return o.nobody("grants or denials")
	}
	ws, err := o.edit(ctx, func(_ *v1alpha1.AccessGrant, grantee string) (*v1alpha1.AccessGrant, string) { return nil, grantee })
	if err != nil {
		return err
	}
	return o.report(ctx, ws, "revoked from")
}

// resolve finds the principals that are meant among those of the grants: each must have one.
func (o *revokeOptions) resolve(ctx context.Context) error {
	ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := ownBucket(ws, o.bucket); err != nil {
		return err
	}
	granted := grantees(ws, o.bucket)
	if o.all {
		o.grantees = granted
		return nil
	}
	if err := o.decision.resolve(ctx); err != nil {
		return err
	}
	for _, grantee := range o.grantees {
		if !slices.Contains(granted, grantee) {
			return util.NotAmong(ws.Name, fmt.Sprintf("grant of bucket %q for", o.bucket), grantee, granted)
		}
	}
	return nil
}

// grantees of the bucket, whatever they are granted.
func grantees(ws *v1alpha1.Workspace, bucket string) []string {
	var names []string
	for _, grant := range ws.Spec.Storage.AccessGrants {
		if grant.Bucket == bucket {
			names = append(names, grant.Grantee)
		}
	}
	return names
}
