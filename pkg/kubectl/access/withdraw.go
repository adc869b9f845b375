package access

import (
	"context"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var withdrawExample = templates.Examples(`
	# The bucket is needed no longer
	kubectl workspace access withdraw ws-alice-eo --workspace ws-bob

	# None is
	kubectl workspace access withdraw --all --yes --workspace ws-bob`)

type withdrawOptions struct {
	*util.Change
	util.Confirmation
	buckets []string
	all     bool
}

func newWithdrawCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &withdrawOptions{Change: util.NewChange(f, workspace, util.SectionAccess, "withdrawn")}
	cmd := &cobra.Command{
		Use:               "withdraw (BUCKET... | --all)",
		Short:             "Withdraw requests for buckets of other workspaces",
		Long:              util.Long("Withdraw requests for buckets of other workspaces. What was granted on them has no effect any more."),
		Example:           withdrawExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, requested),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.buckets, err = util.NamesOrAll(cmd, args, o.all); err != nil {
				return err
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", o.all, "Withdraw all requests of the workspace.")
	o.Confirmation.AddTo(cmd.Flags())
	o.AddFlags(cmd, false)
	return cmd
}

func (o *withdrawOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if o.all && !o.NeverWritten() {
		question := "Workspace " + o.Workspace.Name + " loses its access to all buckets of others."
		if err := o.Ask(ctx, o.Factory, cmd, question, ""); err != nil {
			return err
		}
	}
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		if o.all {
			o.buckets = requested(ws)
		}
		for _, bucket := range o.buckets {
			known := requested(ws)
			at := slices.Index(known, bucket)
			if at < 0 {
				return util.NotAmong(ws.Name, "request for", bucket, known)
			}
			ws.Spec.Storage.AccessRequests = slices.Delete(ws.Spec.Storage.AccessRequests, at, at+1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(o.buckets) == 0 {
		o.Progressf("Workspace %q asks for no buckets.", ws.Name)
	}
	return o.Report(ctx, ws, "bucket", "withdrawn", o.buckets...)
}
