package bucket

import (
	"context"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var lifecyclePreviewExample = templates.Examples(`
	# What a rule would change
	kubectl workspace bucket lifecycle preview ws-alice --target 'tmp/*' --mode Delete --min-age 4w --workspace ws-alice

	# The rules that would stay
	kubectl workspace bucket lifecycle preview ws-alice --remove 'tmp/*' --workspace ws-alice`)

type lifecyclePreviewOptions struct {
	*util.Factory
	*util.ListFlags
	ruleFlags
	workspace *util.WorkspaceFlag
	client    typedv1alpha1.WorkspaceInterface
	bucket    string
	remove    []string
	wanted    *v1alpha1.LifecycleRule
}

func newLifecyclePreviewCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &lifecyclePreviewOptions{Factory: f, ListFlags: util.NewListFlags(), workspace: workspace}
	cmd := &cobra.Command{
		Use:   "preview BUCKET [--target TARGET --mode MODE (--min-age AGE | --at TIME)] [--remove TARGET]",
		Short: "Show which lifecycle rules a bucket would have after a change",
		Long: util.Long(
			"Show which lifecycle rules a bucket would have after a change, and what that adds, changes and removes. The server checks the " +
				"change as it would check the real one; nothing is changed."),
		Example:           lifecyclePreviewExample,
		ValidArgsFunction: workspace.CompleteItems(f, 1, names),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.addTo(f, workspace, cmd)
	cmd.Flags().StringArrayVar(&o.remove, "remove", o.remove, "The target of a rule to be removed; may be given several times.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("remove",
		func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeTargets(f, workspace, args[0])(cmd, o.remove, toComplete)
		}))
	o.AddTo(cmd)
	return cmd
}

func (o *lifecyclePreviewOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if len(args) != 1 {
		return util.UsageErrorf(cmd, "give exactly one BUCKET, not %d", len(args))
	}
	o.bucket = args[0]
	if o.given(cmd) {
		rule, err := o.rule(cmd)
		if err != nil {
			return err
		}
		o.wanted = &rule
	} else if len(o.remove) == 0 {
		return util.UsageErrorf(cmd, "what would you change? describe a rule with --target, --mode and --min-age or --at, or name one with --remove")
	}
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.ListFlags.Complete(cmd); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *lifecyclePreviewOptions) run(ctx context.Context) error {
	var before, after *v1alpha1.Bucket
	err := retry.RetryOnConflict(util.ConflictBackoff, func() error {
		ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		bucket, err := find(ws, o.bucket)
		if err != nil {
			return err
		}
		before = bucket.DeepCopy()
		if err := removeRules(bucket, o.remove); err != nil {
			return err
		}
		if o.wanted != nil {
			setRule(bucket, *o.wanted)
		}
		options := metav1.UpdateOptions{FieldManager: util.FieldManager, DryRun: []string{metav1.DryRunAll}}
		if ws, err = o.client.UpdateBuckets(ctx, ws.Name, ws, options); err != nil {
			return err
		}
		after, err = find(ws, o.bucket)
		return err
	})
	if err != nil {
		return err
	}
	return o.Print(o.IOStreams, util.List{Kind: "Rule", Columns: previewColumns, Rows: previewRows(before, after)})
}

var previewColumns = []util.Column{{Name: "Change"}, {Name: "Target"}, {Name: "Mode"}, {Name: "Min-Age"}, {Name: "At"}}

// previewRows are the rules of before and after, each with what becomes of it.
func previewRows(before, after *v1alpha1.Bucket) []util.Row {
	was, is := rulesByTarget(before), rulesByTarget(after)
	var rows []util.Row
	for _, target := range append(targets(before), targets(after)...) {
		old, changed := was[target], is[target]
		if old == nil && changed == nil {
			continue // told already
		}
		rows = append(rows, previewRow(target, old, changed))
		delete(was, target)
		delete(is, target)
	}
	return rows
}

func rulesByTarget(bucket *v1alpha1.Bucket) map[string]*v1alpha1.LifecycleRule {
	rules := map[string]*v1alpha1.LifecycleRule{}
	for i := range bucket.LifecycleRules {
		rules[bucket.LifecycleRules[i].Target] = &bucket.LifecycleRules[i]
	}
	return rules
}

// previewRow shows a rule that is changed with both values of what differs: "2w -> 4w".
func previewRow(target string, was, is *v1alpha1.LifecycleRule) util.Row {
	fields := map[string]any{"target": target}
	if was != nil {
		fields["before"] = fieldsOf(was)
	}
	if is != nil {
		fields["after"] = fieldsOf(is)
	}
	change := "Unchanged"
	switch {
	case was == nil:
		change, was = "Added", is
	case is == nil:
		change, is = "Removed", was
	case sentence(was) != sentence(is):
		change = "Changed"
	}
	fields["change"] = change
	return util.Row{
		Name: target, Fields: fields,
		Cells: []any{change, target, step(string(was.Mode), string(is.Mode)), step(was.MinAge, is.MinAge), step(at(was), at(is))},
	}
}

func step(was, is string) string {
	if was == is {
		return orNone(is)
	}
	return orNone(was) + " -> " + orNone(is)
}
