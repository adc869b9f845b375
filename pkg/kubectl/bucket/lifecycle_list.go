package bucket

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var lifecycleListExample = templates.Examples(`
	# The rules of all buckets of a workspace
	kubectl workspace bucket lifecycle list --workspace ws-alice

	# Those of one bucket
	kubectl workspace bucket lifecycle list ws-alice-raw --workspace ws-alice -o yaml`)

func newLifecycleListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	name := ""
	cmd := util.NewListCommand(f, workspace, util.ListSpec{
		Short:   "List lifecycle rules",
		Long:    "List the lifecycle rules of a bucket, or of all buckets of a workspace.",
		Example: lifecycleListExample,
		Kind:    "Rule",
		Columns: []util.Column{{Name: "Bucket"}, {Name: "Target"}, {Name: "Mode"}, {Name: "Min-Age"}, {Name: "At"}},
		Complete: func(_ *util.ListSpec, _ *cobra.Command, args []string) error {
			if len(args) > 0 {
				name = args[0]
			}
			return nil
		},
		Fetch: func(_ context.Context, _ typedv1alpha1.WorkspaceInterface, ws *v1alpha1.Workspace, _ time.Time) ([]util.Row, error) {
			return ruleRows(ws, name)
		},
	})
	cmd.Use = "list [BUCKET]"
	cmd.Args = util.Args(cobra.MaximumNArgs(1))
	cmd.ValidArgsFunction = workspace.CompleteItems(f, 1, names)
	return cmd
}

// ruleRows are the rules of the bucket; of all, if it has no name.
func ruleRows(ws *v1alpha1.Workspace, name string) ([]util.Row, error) {
	buckets := ws.Spec.Storage.Buckets
	if name != "" {
		bucket, err := find(ws, name)
		if err != nil {
			return nil, err
		}
		buckets = []v1alpha1.Bucket{*bucket}
	}
	var rows []util.Row
	for _, bucket := range buckets {
		for i := range bucket.LifecycleRules {
			rule := &bucket.LifecycleRules[i]
			fields := fieldsOf(rule)
			fields["bucket"] = bucket.Name
			rows = append(rows, util.Row{
				// A target alone may be that of a rule in several buckets.
				Name:   bucket.Name + ":" + rule.Target,
				Cells:  []any{bucket.Name, rule.Target, string(rule.Mode), orNone(rule.MinAge), orNone(at(rule))},
				Fields: fields,
			})
		}
	}
	return rows, nil
}
