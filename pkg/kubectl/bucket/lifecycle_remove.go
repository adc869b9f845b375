package bucket

import (
	"context"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var lifecycleRemoveExample = templates.Examples(`
	# What lies under tmp/ stays from now on
	kubectl workspace bucket lifecycle remove ws-alice 'tmp/*' --workspace ws-alice

	# All objects stay
	kubectl workspace bucket lifecycle remove ws-alice --all --workspace ws-alice`)

type lifecycleRemoveOptions struct {
	*util.Change
	bucket  string
	targets []string
	all     bool
}

func newLifecycleRemoveCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &lifecycleRemoveOptions{Change: util.NewChange(f, workspace, util.SectionBuckets, "updated")}
	cmd := &cobra.Command{
		Use:               "remove BUCKET (TARGET... | --all)",
		Aliases:           []string{"rm", "delete"},
		Short:             "Remove lifecycle rules from a bucket",
		Long:              util.Long("Remove lifecycle rules from a bucket. The objects that they were for stay as they are."),
		Example:           lifecycleRemoveExample,
		ValidArgsFunction: completeRule(f, workspace, 0),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 0:
				return util.UsageErrorf(cmd, "give a BUCKET, and the targets of its rules or --all")
			case o.all && len(args) > 1:
				return util.UsageErrorf(cmd, "give targets or --all, not both")
			case !o.all && len(args) == 1:
				return util.UsageErrorf(cmd, "give at least one TARGET, or --all")
			}
			o.bucket, o.targets = args[0], args[1:]
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", o.all, "Remove all rules of the bucket.")
	o.AddFlags(cmd, false)
	return cmd
}

func (o *lifecycleRemoveOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		bucket, err := find(ws, o.bucket)
		if err != nil {
			return err
		}
		if o.all {
			o.targets = targets(bucket)
		}
		return removeRules(bucket, o.targets)
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "bucket", "lifecycle rules removed: "+strings.Join(o.targets, ", "), o.bucket)
}
