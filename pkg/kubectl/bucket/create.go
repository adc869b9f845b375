package bucket

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var createExample = templates.Examples(`
	# A bucket of the workspace's own
	kubectl workspace bucket create ws-alice-raw --workspace ws-alice

	# Two that others may find and ask for, without waiting until they are there
	kubectl workspace bucket create ws-alice-eo ws-alice-maps --discoverable --no-wait --workspace ws-alice`)

type createOptions struct {
	*util.Change
	names []string
	// discoverable is nil where the user does not say.
	discoverable *bool
}

func newCreateCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &createOptions{Change: util.NewChange(f, workspace, util.SectionBuckets, "created")}
	discoverable := false
	cmd := &cobra.Command{
		Use:   "create NAME...",
		Short: "Create buckets in a workspace",
		Long: util.Long(
			"Create buckets in a workspace and wait until they are there. The name of a bucket starts with that of the workspace, and is " +
				"unique in the cluster. A bucket that the workspace has already stays as it is."),
		Example:           createExample,
		Args:              util.Args(cobra.MinimumNArgs(1)),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.names = args
			if cmd.Flags().Changed("discoverable") {
				o.discoverable = &discoverable
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&discoverable, "discoverable", discoverable, "Let others find the buckets and ask for access.")
	o.AddFlags(cmd, true)
	return cmd
}

func (o *createOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		for _, name := range o.names {
			if err := o.create(ws, name); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "bucket", "created", o.names...)
}

func (o *createOptions) create(ws *v1alpha1.Workspace, name string) error {
	bucket, err := find(ws, name)
	if err != nil {
		ws.Spec.Storage.Buckets = append(ws.Spec.Storage.Buckets, v1alpha1.Bucket{Name: name, Discoverable: o.discoverable})
		return nil
	}
	if o.discoverable == nil || *o.discoverable == discoverable(bucket) {
		return nil
	}
	what := "discoverable"
	if *o.discoverable {
		what = "not discoverable"
	}
	conflict := util.Errorf(util.ExitConflict, "workspace %q has the bucket %q already, and it is %s", ws.Name, name, what)
	conflict.Hint = fmt.Sprintf("%s bucket update %s --discoverable=%t --workspace %s", util.Program, name, *o.discoverable, ws.Name)
	return conflict
}
