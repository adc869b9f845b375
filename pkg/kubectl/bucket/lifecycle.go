package bucket

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func newLifecycleCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	cmd := util.NewGroup("lifecycle", "List, set, remove and preview the rules by which the objects of a bucket age")
	cmd.AddCommand(
		newLifecycleListCommand(f, workspace), newLifecycleSetCommand(f, workspace), newLifecycleRemoveCommand(f, workspace),
		newLifecyclePreviewCommand(f, workspace),
	)
	return cmd
}

// targets of the bucket's rules. A rule is known by its target.
func targets(bucket *v1alpha1.Bucket) []string {
	var targets []string
	for _, rule := range bucket.LifecycleRules {
		targets = append(targets, rule.Target)
	}
	return targets
}

// setRule puts the rule in the place of the one with its target, or at the end.
func setRule(bucket *v1alpha1.Bucket, rule v1alpha1.LifecycleRule) {
	if at := slices.Index(targets(bucket), rule.Target); at >= 0 {
		bucket.LifecycleRules[at] = rule
		return
	}
	bucket.LifecycleRules = append(bucket.LifecycleRules, rule)
}

// removeRules removes the rules with these targets, each of which must be there.
func removeRules(bucket *v1alpha1.Bucket, remove []string) error {
	for _, target := range remove {
		known := targets(bucket)
		at := slices.Index(known, target)
		if at < 0 {
			return noRule(bucket.Name, target, known)
		}
		bucket.LifecycleRules = slices.Delete(bucket.LifecycleRules, at, at+1)
	}
	return nil
}

func noRule(bucket, target string, known []string) error {
	if len(known) == 0 {
		return util.Errorf(util.ExitNotFound, "bucket %q has no lifecycle rule for %q: it has none", bucket, target)
	}
	return util.Errorf(util.ExitNotFound, "bucket %q has no lifecycle rule for %q: it has rules for %q", bucket, target, known)
}

// sentence is a rule in words, such as "Delete tmp/* after 2w".
func sentence(rule *v1alpha1.LifecycleRule) string {
	if rule.MinAge != "" {
		return fmt.Sprintf("%s %s after %s", rule.Mode, rule.Target, rule.MinAge)
	}
	return fmt.Sprintf("%s %s from %s", rule.Mode, rule.Target, at(rule))
}

func at(rule *v1alpha1.LifecycleRule) string {
	if rule.At == nil {
		return ""
	}
	return rule.At.UTC().Format(time.RFC3339)
}

// fieldsOf is a rule as the API spells it.
func fieldsOf(rule *v1alpha1.LifecycleRule) map[string]any {
	fields := map[string]any{"target": rule.Target, "mode": string(rule.Mode)}
	if rule.MinAge != "" {
		fields["minAge"] = rule.MinAge
	}
	if rule.At != nil {
		fields["at"] = at(rule)
	}
	return fields
}

// completeRule offers the buckets as the first argument, and then the targets of its rules, at most this many; 0: any number.
func completeRule(f *util.Factory, workspace *util.WorkspaceFlag, most int) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) == 0 {
			return workspace.CompleteItems(f, 1, names)(cmd, args, toComplete)
		}
		if most > 0 && len(args) > most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return completeTargets(f, workspace, args[0])(cmd, args[1:], toComplete)
	}
}

func completeTargets(f *util.Factory, workspace *util.WorkspaceFlag, bucket string) cobra.CompletionFunc {
	return workspace.CompleteItems(f, 0, func(ws *v1alpha1.Workspace) []string {
		found, err := find(ws, bucket)
		if err != nil {
			return nil
		}
		return targets(found)
	})
}
