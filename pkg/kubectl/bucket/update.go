package bucket

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var updateExample = templates.Examples(`
	# Let others find the bucket and ask for access
	kubectl workspace bucket update ws-alice-raw --discoverable --workspace ws-alice

	# Hide it again
	kubectl workspace bucket update ws-alice-raw --discoverable=false --workspace ws-alice`)

type updateOptions struct {
	*util.Change
	names        []string
	discoverable bool
}

func newUpdateCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &updateOptions{Change: util.NewChange(f, workspace, util.SectionBuckets, "updated")}
	cmd := &cobra.Command{
		Use:   "update NAME... --discoverable[=false]",
		Short: "Change buckets of a workspace",
		Long: util.Long(
			"Change whether others may find buckets and ask for access. What has been granted stays granted as long as any bucket of " +
				"the workspace is discoverable."),
		Example:           updateExample,
		Args:              util.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: workspace.CompleteItems(f, 0, names),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if !cmd.Flags().Changed("discoverable") {
				return util.UsageErrorf(cmd, "say what to change: --discoverable or --discoverable=false")
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.discoverable, "discoverable", o.discoverable, "Let others find the buckets and ask for access.")
	o.AddFlags(cmd, false)
	return cmd
}

func (o *updateOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		for _, name := range o.names {
			bucket, err := find(ws, name)
			if err != nil {
				return err
			}
			if discoverable(bucket) != o.discoverable {
				bucket.Discoverable = &o.discoverable
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "bucket", "updated", o.names...)
}
