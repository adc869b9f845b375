package workspace

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var deleteExample = templates.Examples(`
	# Delete a workspace and wait until it is gone; asks first
	kubectl workspace delete ws-alice

	# See whether the server would do it
	kubectl workspace delete ws-alice --dry-run=server

	# In a script: no question, and no error when it is gone already
	kubectl workspace delete ws-alice --yes --ignore-not-found

	# All with a label, without waiting
	kubectl workspace delete -l purpose=course --yes --wait=false`)

type deleteOptions struct {
	*util.Factory
	util.WaitFlags
	util.Confirmation
	util.WorkspaceSelection
	all, ignoreNotFound bool
	cascade, output     string
	dryRun              cmdutil.DryRunStrategy
	client              typedv1alpha1.WorkspaceInterface
}

// NewDeleteCommand deletes workspaces.
func NewDeleteCommand(f *util.Factory) *cobra.Command {
	o := &deleteOptions{Factory: f, WaitFlags: util.WaitFlags{Wait: true}, cascade: "background"}
	cmd := &cobra.Command{
		Use:   "delete (NAME... | -l LABEL | --all)",
		Short: "Delete workspaces and wait until they are gone",
		Long: util.Long(
			"Delete workspaces, with their buckets' access, their sessions and their stores, and wait until they are gone. What is "+
				"deleted is what was shown: a workspace that was made anew under the same name meanwhile is kept. When one of the "+
				"names does not exist, nothing is deleted.",
			"On a terminal you are asked to type the name, or how many it is; elsewhere --yes is needed."),
		Example:           deleteExample,
		ValidArgsFunction: f.CompleteWorkspaces,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.complete(cmd, names); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	flags := cmd.Flags()
	cmdutil.AddLabelSelectorFlagVar(cmd, &o.Labels)
	flags.BoolVar(&o.all, "all", o.all, "All workspaces of the namespace that you may see.")
	flags.BoolVar(&o.ignoreNotFound, "ignore-not-found", o.ignoreNotFound, "Succeed when a named workspace does not exist.")
	flags.StringVar(&o.cascade, "cascade", o.cascade, "What becomes of objects that the workspace owns: background, foreground or orphan.")
	flags.StringVarP(&o.output, "output", "o", o.output, "Output format: name.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("cascade",
		cobra.FixedCompletions([]string{"background", "foreground", "orphan"}, cobra.ShellCompDirectiveNoFileComp)))
	o.Confirmation.AddTo(flags)
	cmdutil.AddDryRunFlag(cmd)
	o.WaitFlags.AddTo(cmd, "they are gone")
	return cmd
}

func (o *deleteOptions) complete(cmd *cobra.Command, names []string) (err error) {
	o.Names = names
	if err := o.checkWhich(cmd); err != nil {
		return err
	}
	if o.output != "" && o.output != "name" {
		return util.UsageErrorf(cmd, "-o %s: unknown format, give name", o.output)
	}
	if policies[o.cascade] == "" {
		return util.UsageErrorf(cmd, "--cascade %s: give background, foreground or orphan", o.cascade)
	}
	if o.dryRun, err = cmdutil.GetDryRunStrategy(cmd); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	if err := o.WaitFlags.Complete(cmd); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *deleteOptions) checkWhich(cmd *cobra.Command) error {
	if err := o.WorkspaceSelection.Validate(cmd); err != nil {
		return err
	}
	for _, name := range o.Names {
		if err := util.ValidName(cmd, name); err != nil {
			return err
		}
	}
	switch {
	case o.all && len(o.Names) > 0:
		return util.UsageErrorf(cmd, "give names or --all, not both")
	case o.all && o.Labels != "":
		return util.UsageErrorf(cmd, "give a selector (-l) or --all, not both")
	case !o.all && !o.Given():
		return util.UsageErrorf(cmd, "which workspaces? give names, a selector (-l) or --all")
	}
	return nil
}

var policies = map[string]metav1.DeletionPropagation{
	"background": metav1.DeletePropagationBackground,
	"foreground": metav1.DeletePropagationForeground,
	"orphan":     metav1.DeletePropagationOrphan,
}

func (o *deleteOptions) run(ctx context.Context, cmd *cobra.Command) error {
	found, failures := o.Find(ctx, o.Factory)
	if failures = o.serious(failures); len(failures) > 0 {
		return util.OneOrAll(failures)
	}
	if len(found) == 0 {
		return nil
	}
	if o.dryRun == cmdutil.DryRunNone {
		if err := o.Ask(ctx, o.Factory, cmd, lost(found), retype(found)); err != nil {
			return err
		}
	}
	for i := range found {
		if err := o.delete(ctx, &found[i]); err != nil {
			failures = append(failures, err)
			continue
		}
		o.report(&found[i])
	}
	if o.Wait && o.dryRun == cmdutil.DryRunNone && len(failures) == 0 {
		return o.await(ctx, found)
	}
	return util.OneOrAll(failures)
}

// serious leaves out that what shall be deleted does not exist, where that is fine.
func (o *deleteOptions) serious(failures []error) (serious []error) {
	for _, err := range failures {
		if !o.ignoreNotFound || !apierrors.IsNotFound(err) {
			serious = append(serious, err)
		}
	}
	return serious
}

// delete asks for the deletion of the very workspace that was found, whatever has its name now.
func (o *deleteOptions) delete(ctx context.Context, ws *v1alpha1.Workspace) error {
	if o.dryRun == cmdutil.DryRunClient {
		return nil
	}
	policy := policies[o.cascade]
	options := metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(string(ws.UID)), PropagationPolicy: &policy}
	if o.dryRun == cmdutil.DryRunServer {
		options.DryRun = []string{metav1.DryRunAll}
	}
	err := o.client.Delete(ctx, ws.Name, options)
	if apierrors.IsNotFound(err) {
		return nil // somebody was faster
	}
	if o.dryRun != cmdutil.DryRunNone {
		return err
	}
	return util.Unconfirmed(ctx, err, fmt.Sprintf("the deletion of workspace %q, which may go on", ws.Name), fmt.Sprintf("%s status %s -n %s", util.Program, ws.Name, ws.Namespace))
}

// report says it as kubectl delete does.
func (o *deleteOptions) report(ws *v1alpha1.Workspace) {
	if o.output == "name" {
		fmt.Fprintf(o.Out, "workspace.%s/%s\n", v1alpha1.SchemeGroupVersion.Group, ws.Name)
		return
	}
	remark := map[cmdutil.DryRunStrategy]string{cmdutil.DryRunClient: " (dry run)", cmdutil.DryRunServer: " (server dry run)"}[o.dryRun]
	fmt.Fprintf(o.Out, "workspace.%s %q deleted from %s namespace%s\n", v1alpha1.SchemeGroupVersion.Group, ws.Name, ws.Namespace, remark)
}
