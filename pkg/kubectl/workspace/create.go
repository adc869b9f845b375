package workspace

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var createExample = templates.Examples(`
	# A workspace with all defaults, owned by you; comes back when it is ready
	kubectl workspace create ws-alice

	# For somebody else, with a colleague who may administrate it
	kubectl workspace create ws-alice --owner alice --member bob=Admin --member carol

	# With buckets and sessions of your choice
	kubectl workspace create ws-alice --bucket ws-alice --bucket ws-alice-results --session default --session gpu=Stopped

	# See what the server would make of it
	kubectl workspace create ws-alice --dry-run=server -o yaml`)

type createOptions struct {
	*util.Factory
	util.WaitFlags
	write  *util.WriteFlags
	client typedv1alpha1.WorkspaceInterface

	name, owner, environment   string
	members, buckets, sessions []string
	workspace                  *v1alpha1.Workspace
}

// NewCreateCommand creates a workspace.
func NewCreateCommand(f *util.Factory) *cobra.Command {
	o := &createOptions{Factory: f, write: util.NewWriteFlags("created"), WaitFlags: util.WaitFlags{Wait: true}}
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "Create a workspace and wait until it is ready",
		Long: util.Long(
			"Create a workspace and wait until it is ready. What you leave out, the server chooses: you as " +
				"the owner, one bucket named as the workspace, the sessions of its session mode."),
		Example:           createExample,
		Args:              util.OneName,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.owner, "owner", "", "The user who owns the workspace. Defaults to you.")
	flags.StringVar(&o.environment, "environment", "", "The provider environment. Defaults to the server's.")
	flags.StringSliceVar(&o.members, "member", nil, "A member, as NAME or NAME=ROLE with the role User or Admin. May be repeated.")
	flags.StringSliceVar(&o.buckets, "bucket", nil, "The name of a bucket. May be repeated.")
	flags.StringSliceVar(&o.sessions, "session", nil, "A session, as NAME or NAME=STATE with the state Started or Stopped. May be repeated.")
	o.WaitFlags.AddTo(cmd, "the workspace is ready")
	o.write.AddTo(cmd)
	return cmd
}

func (o *createOptions) complete(cmd *cobra.Command, args []string) (err error) {
	o.name = args[0]
	if err := o.write.Complete(cmd); err != nil {
		return err
	}
	if err := o.WaitFlags.Complete(cmd); err != nil {
		return err
	}
	if o.workspace, err = o.compose(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *createOptions) run(ctx context.Context) (err error) {
	ws := o.workspace
	if !o.write.ClientOnly() {
		options := metav1.CreateOptions{FieldManager: o.write.FieldManager, DryRun: o.write.DryRunAll()}
		if ws, err = o.client.Create(ctx, ws, options); err != nil {
			return o.unconfirmed(ctx, err)
		}
	}
	if !o.Wait || o.write.NeverWritten() {
		return o.write.PrintObj(ws, o.IOStreams)
	}
	// "created" is true from here on, whatever becomes of the waiting.
	if !o.write.Asked() {
		if err := o.write.PrintObj(ws, o.IOStreams); err != nil {
			return err
		}
	}
	if ws, err = util.AwaitReady(ctx, o.Factory, o.client, ws, o.WaitFlags); err != nil {
		return err
	}
	if o.write.Asked() {
		return o.write.PrintObj(ws, o.IOStreams)
	}
	return nil
}

func (o *createOptions) unconfirmed(ctx context.Context, err error) error {
	if o.write.NeverWritten() {
		return err
	}
	namespace, _ := o.Namespace() // of a kubeconfig that could be read
	return util.Unconfirmed(ctx, err, fmt.Sprintf("workspace %q, which may have been created", o.name),
		fmt.Sprintf("%s status %s -n %s", util.Program, o.name, namespace))
}
