// Package usage holds the command that shows how much persistent storage a workspace uses.
package usage

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var example = templates.Examples(`
	# How much of its quota a workspace uses
	kubectl workspace usage --workspace ws-alice

	# With each persistent volume claim
	kubectl workspace usage --workspace ws-alice -o wide

	# A gate for a script: exit code 3 from 90 percent on
	kubectl workspace usage --workspace ws-alice --fail-above 90%`)

type options struct {
	*util.Factory
	workspace util.WorkspaceFlag
	object    *util.ObjectFlags
	failAbove string
	// limit is --fail-above in percent; negative: none.
	limit     float64
	noHeaders bool
}

// NewCommand is "usage".
func NewCommand(f *util.Factory) *cobra.Command {
	o := &options{Factory: f, object: util.NewObjectFlags("wide")}
	cmd := &cobra.Command{
		Use:   "usage",
		Short: "Show how much persistent storage a workspace uses",
		Long: util.Long(
			"Show how much persistent storage the sessions of a workspace request, and what its quota leaves. The server "+
				"computes it at this moment.",
			"--fail-above makes it a gate: with more than that in use it prints the same, and ends with exit code 3. A "+
				"workspace without a quota never fails."),
		Example:           example,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.object.AddTo(cmd)
	cmd.Flags().BoolVar(&o.noHeaders, "no-headers", o.noHeaders, "Print no headers.")
	cmd.Flags().StringVar(&o.failAbove, "fail-above", o.failAbove, "End with exit code 3 when more than this is requested, in percent of the quota, such as 90%.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("fail-above", cobra.FixedCompletions([]string{"75%", "90%", "100%"}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func (o *options) complete(cmd *cobra.Command) (err error) {
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.object.Complete(cmd); err != nil {
		return err
	}
	o.limit = -1
	if cmd.Flags().Changed("fail-above") {
		o.limit, err = strconv.ParseFloat(strings.TrimSuffix(o.failAbove, "%"), 64)
		if err != nil || !(o.limit >= 0 && o.limit <= 100) {
			return util.UsageErrorf(cmd, "--fail-above %q: give a percentage from 0%% to 100%%, such as 90%%", o.failAbove)
		}
	}
	return nil
}

func (o *options) run(ctx context.Context) error {
	client, err := o.Workspaces()
	if err != nil {
		return err
	}
	usage, err := client.GetUsage(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := o.print(usage); err != nil {
		return err
	}
	return o.gate(usage.Storage)
}

func (o *options) print(usage *v1alpha1.WorkspaceUsage) error {
	switch {
	case !o.object.Own():
		return o.object.PrintObj(usage, o.Out)
	case o.Terminal(o.Out) && !o.noHeaders:
		return o.printBar(usage)
	}
	return o.printTables(usage)
}

// gate is the verdict of --fail-above.
func (o *options) gate(storage v1alpha1.StorageUsage) error {
	if o.limit < 0 || storage.Quota == nil {
		return nil
	}
	// Without a division, which would round.
	if storage.Requested.AsApproximateFloat64()*100 <= o.limit*storage.Quota.AsApproximateFloat64() {
		return nil
	}
	return util.Errorf(util.ExitNotReady, "workspace %q requests %s of %s, %s: more than %s", o.workspace.Name,
		storage.Requested.String(), storage.Quota.String(), percentage(storage), strings.TrimSuffix(o.failAbove, "%")+"%")
}
