package bucket

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var lifecycleSetExample = templates.Examples(`
	# Delete what lies under tmp/ for two weeks
	kubectl workspace bucket lifecycle set ws-alice --target 'tmp/*' --mode Delete --min-age 2w --workspace ws-alice

	# Tell the users about all objects from a date on
	kubectl workspace bucket lifecycle set ws-alice --target '*' --mode Notify --at 2027-01-31T00:00:00Z --workspace ws-alice`)

type lifecycleSetOptions struct {
	*util.Change
	ruleFlags
	bucket string
	wanted v1alpha1.LifecycleRule
}

func newLifecycleSetCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &lifecycleSetOptions{Change: util.NewChange(f, workspace, util.SectionBuckets, "updated")}
	cmd := &cobra.Command{
		Use:   "set BUCKET --target TARGET --mode MODE (--min-age AGE | --at TIME)",
		Short: "Set a lifecycle rule of a bucket",
		Long: util.Long(
			"Set the lifecycle rule of a bucket for a target. It takes the place of the rule that the target has. " +
				"The command \"preview\" shows before what will become of it."),
		Example:           lifecycleSetExample,
		ValidArgsFunction: workspace.CompleteItems(f, 1, names),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) != 1 {
				return util.UsageErrorf(cmd, "give exactly one BUCKET, not %d", len(args))
			}
			o.bucket = args[0]
			if o.wanted, err = o.rule(cmd); err != nil {
				return err
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addTo(f, workspace, cmd)
	o.AddFlags(cmd, false)
	return cmd
}

func (o *lifecycleSetOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		bucket, err := find(ws, o.bucket)
		if err != nil {
			return err
		}
		setRule(bucket, o.wanted)
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "bucket", "lifecycle set: "+sentence(&o.wanted), o.bucket)
}
