package bucket

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var deleteExample = templates.Examples(`
	# Delete a bucket and what is in it; its name has to be typed
	kubectl workspace bucket delete ws-alice-raw --workspace ws-alice

	# The same from a script
	kubectl workspace bucket delete ws-alice-raw --yes --workspace ws-alice

	# What the server would say to it
	kubectl workspace bucket delete ws-alice-raw --dry-run=server --workspace ws-alice`)

type deleteOptions struct {
	*util.Change
	util.Confirmation
	names []string
	all   bool
}

func newDeleteCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &deleteOptions{Change: util.NewChange(f, workspace, util.SectionBuckets, "deleted")}
	cmd := &cobra.Command{
		Use:     "delete (NAME... | --all)",
		Aliases: []string{"rm", "remove"},
		Short:   "Delete buckets of a workspace, with what is in them",
		Long: util.Long(
			"Delete buckets of a workspace and wait until the providers have done so. What is in them is lost. On a terminal the name of " +
				"the bucket has to be typed, or that of the workspace where several are deleted. A bucket that is granted to others stays " +
				"until the grants are revoked."),
		Example:           deleteExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, names),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.names, err = util.NamesOrAll(cmd, args, o.all); err != nil {
				return err
			}
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", o.all, "Delete all buckets.")
	o.Confirmation.AddTo(cmd.Flags())
	o.AddFlags(cmd, true)
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if !o.Yes && !o.NeverWritten() {
		if err := o.confirm(ctx, cmd); err != nil {
			return err
		}
	}
	ws, err := o.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		if err := o.check(ws); err != nil {
			return err
		}
		ws.Spec.Storage.Buckets = slices.DeleteFunc(ws.Spec.Storage.Buckets, func(bucket v1alpha1.Bucket) bool {
			return slices.Contains(o.names, bucket.Name)
		})
		return nil
	})
	if err != nil {
		return err
	}
	if len(o.names) == 0 {
		o.Progressf("Workspace %q has no buckets.", ws.Name)
	}
	return o.Report(ctx, ws, "bucket", "deleted", o.names...)
}

// confirm asks, once it is clear that there is something to lose. What --all means is what the user was asked about.
func (o *deleteOptions) confirm(ctx context.Context, cmd *cobra.Command) error {
	if !o.Interactive() {
		return o.Ask(ctx, o.Factory, cmd, "Buckets are lost with all that is in them.", o.Workspace.Name)
	}
	ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := o.check(ws); err != nil || len(o.names) == 0 {
		return err
	}
	o.all = false
	if len(o.names) == 1 {
		return o.Ask(ctx, o.Factory, cmd, fmt.Sprintf("Bucket %s is lost with all that is in it.", o.names[0]), o.names[0])
	}
	return o.Ask(ctx, o.Factory, cmd, fmt.Sprintf("The buckets %s are lost with all that is in them.", strings.Join(o.names, ", ")), ws.Name)
}

// check settles which buckets are meant, and refuses what the server would refuse: it would find the grants at fault, not
// the bucket.
func (o *deleteOptions) check(ws *v1alpha1.Workspace) error {
	if o.all {
		o.names = names(ws)
	}
	for _, name := range o.names {
		if _, err := find(ws, name); err != nil {
			return err
		}
		if grantees := grantees(ws, name); len(grantees) > 0 {
			err := util.Errorf(util.ExitConflict, "bucket %q has grants or denials for %s: revoke them first", name, strings.Join(grantees, ", "))
			err.Hint = fmt.Sprintf("%s access revoke %s --all --workspace %s", util.Program, name, ws.Name)
			return err
		}
	}
	return nil
}

func grantees(ws *v1alpha1.Workspace, bucket string) []string {
	var grantees []string
	for _, grant := range ws.Spec.Storage.AccessGrants {
		if grant.Bucket == bucket {
			grantees = append(grantees, grant.Grantee)
		}
	}
	return grantees
}
