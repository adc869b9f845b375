package util

import (
	"context"
	"reflect"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// ListSpec says what a "list" command lists: the items inside of workspaces, such as their sessions.
type ListSpec struct {
	Short, Long, Example string
	// Kind of an item, in capitals and singular.
	Kind    string
	Columns []Column
	// Rows are the items of a workspace; now is for ages.
	Rows func(ws *v1alpha1.Workspace, now time.Time) []Row
}

type listOptions struct {
	*Factory
	*ListFlags
	spec          ListSpec
	workspace     *WorkspaceFlag
	allNamespaces bool
	selector      string
	watch         bool
	namespace     string
}

// NewListCommand is the verb "list" of a noun: the items of the workspace meant, or with -A or -l those of many.
func NewListCommand(f *Factory, workspace *WorkspaceFlag, spec ListSpec) *cobra.Command {
	o := &listOptions{Factory: f, ListFlags: NewListFlags(), spec: spec, workspace: workspace}
	cmd := &cobra.Command{
		Use:               "list",
		Aliases:           []string{"ls", "get"},
		Short:             spec.Short,
		Long:              Long(spec.Long, "With -A or -l the workspaces that you may see are listed, each with its name and namespace."),
		Example:           spec.Example,
		Args:              Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.AddTo(cmd)
	cmd.Flags().BoolVarP(&o.allNamespaces, "all-namespaces", "A", o.allNamespaces, "List those of all workspaces in all namespaces.")
	cmd.Flags().BoolVarP(&o.watch, "watch", "w", o.watch, "After listing, go on with what changes.")
	cmdutil.AddLabelSelectorFlagVar(cmd, &o.selector)
	return cmd
}

func (o *listOptions) complete(cmd *cobra.Command) (err error) {
	if o.many() && cmd.Flags().Changed("workspace") {
		return UsageErrorf(cmd, "--workspace means one workspace, -A and -l mean many: give one or the other")
	}
	if !o.many() {
		if err := o.workspace.Complete(o.Factory, cmd); err != nil {
			return err
		}
	}
	if err := o.ListFlags.Complete(cmd); err != nil {
		return err
	}
	if !o.allNamespaces {
		o.namespace, err = o.Namespace()
	}
	return err
}

func (o *listOptions) many() bool { return o.allNamespaces || o.selector != "" }

func (o *listOptions) run(ctx context.Context) error {
	clientset, err := o.Clientset()
	if err != nil {
		return err
	}
	client := clientset.EoepcaV1alpha1().Workspaces(o.namespace)
	if o.many() {
		list, err := client.List(ctx, metav1.ListOptions{LabelSelector: o.selector})
		if err != nil {
			return err
		}
		if err := o.print(list.Items...); err != nil || !o.watch {
			return err
		}
		return o.follow(ctx, client, list.Items, metav1.ListOptions{LabelSelector: o.selector, ResourceVersion: list.ResourceVersion})
	}
	ws, err := client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if err := o.print(*ws); err != nil || !o.watch {
		return err
	}
	return o.follow(ctx, client, []v1alpha1.Workspace{*ws}, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, ws.Name).String(), ResourceVersion: ws.ResourceVersion,
	})
}

func (o *listOptions) print(workspaces ...v1alpha1.Workspace) error {
	list := List{Kind: o.spec.Kind, Columns: o.columns()}
	for i := range workspaces {
		list.Rows = append(list.Rows, o.rows(&workspaces[i])...)
	}
	return o.Print(o.IOStreams, list)
}

func (o *listOptions) columns() []Column {
	var columns []Column
	if o.allNamespaces {
		columns = append(columns, Column{Name: "Namespace"})
	}
	if o.many() {
		columns = append(columns, Column{Name: "Workspace"})
	}
	return append(columns, o.spec.Columns...)
}

func (o *listOptions) rows(ws *v1alpha1.Workspace) []Row {
	rows := o.spec.Rows(ws, o.Clock.Now())
	for i := range rows {
		row := &rows[i]
		row.Fields["workspace"], row.Fields["namespace"] = ws.Name, ws.Namespace
		var where []any
		if o.allNamespaces {
			where = append(where, ws.Namespace)
		}
		if o.many() {
			where = append(where, ws.Name)
		}
		row.Cells = append(where, row.Cells...)
	}
	return rows
}

// changedRows are those that differ from what was printed of the same workspace before.
func changedRows(before, after []Row) []Row {
	known := map[string]map[string]any{}
	for _, row := range before {
		known[row.Name] = row.Fields
	}
	var changed []Row
	for _, row := range after {
		if fields, ok := known[row.Name]; !ok || !reflect.DeepEqual(fields, row.Fields) {
			changed = append(changed, row)
		}
	}
	return changed
}
