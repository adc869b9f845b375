package access

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var requestExample = templates.Examples(`
	# Ask for a bucket of another workspace
	kubectl workspace access request ws-alice-eo --reason "S2 mosaics" --workspace ws-bob

	# What has become of it
	kubectl workspace access list --outgoing --workspace ws-bob`)

type requestOptions struct {
	*util.Change
	buckets []string
	// reason is nil where the user gives none.
	reason *string
}

func newRequestCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &requestOptions{Change: util.NewChange(f, workspace, util.SectionAccess, "requested")}
	reason := ""
	cmd := &cobra.Command{
		Use:   "request BUCKET...",
		Short: "Ask for access to buckets of other workspaces",
		Long: util.Long(
			"Ask for access to buckets of other workspaces, whose owners grant or deny it. A request that there is already stays; " +
				"a reason takes the place of the one that it gives."),
		Example: requestExample,
		Args:    util.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: completeShared(f, workspace, func(sharing *v1alpha1.WorkspaceSharing, _ []string) []string {
			var names []string
			for _, bucket := range sharing.Discoverable {
				names = append(names, bucket.Bucket)
			}
			return names
		}),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.buckets = args
			if cmd.Flags().Changed("reason") {
				o.reason = &reason
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&reason, "reason", reason, "Tell the owners why.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("reason", cobra.NoFileCompletions))
	o.AddFlags(cmd, false)
	return cmd
}

func (o *requestOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		for _, bucket := range o.buckets {
			if err := o.request(ws, bucket); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "bucket", "requested", o.buckets...)
}

func (o *requestOptions) request(ws *v1alpha1.Workspace, bucket string) error {
	if slices.Contains(buckets(ws), bucket) {
		return util.Errorf(util.ExitConflict, "bucket %q is workspace %q's own: ask for one of another", bucket, ws.Name)
	}
	at := slices.Index(requested(ws), bucket)
	if at < 0 {
		at = len(ws.Spec.Storage.AccessRequests)
		ws.Spec.Storage.AccessRequests = append(ws.Spec.Storage.AccessRequests, v1alpha1.AccessRequest{Bucket: bucket})
	}
	if o.reason != nil {
		ws.Spec.Storage.AccessRequests[at].Reason = *o.reason
	}
	return nil
}

// requested are the buckets that the workspace asks for.
func requested(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, request := range ws.Spec.Storage.AccessRequests {
		names = append(names, request.Bucket)
	}
	return names
}
