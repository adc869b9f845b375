package util

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// ListSpec says what a "list" command lists: the items inside of workspaces, such as their sessions.
type ListSpec struct {
	Short, Long, Example string
	// Kind of an item, in capitals and singular.
	Kind    string
	Columns []Column
	// Rows are the items of a workspace; now is for ages.
	Rows func(ws *v1alpha1.Workspace, now time.Time) []Row
	// Fetch, where it is set, is asked instead of Rows: for items that the workspace itself does not hold, or that may be missing.
	Fetch func(ctx context.Context, client typedv1alpha1.WorkspaceInterface, ws *v1alpha1.Workspace, now time.Time) ([]Row, error)
	// Polled says that the items change without the workspace: --watch asks again and again.
	Polled bool
	// Complete, where it is set, narrows the list as arguments and flags of the noun's own say.
	Complete func(spec *ListSpec, cmd *cobra.Command, args []string) error
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
	client        typedv1alpha1.EoepcaV1alpha1Interface
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
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
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

func (o *listOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if o.spec.Complete != nil {
		if err := o.spec.Complete(&o.spec, cmd, args); err != nil {
			return err
		}
	}
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
		if o.namespace, err = o.Namespace(); err != nil {
			return err
		}
	}
	clientset, err := o.Clientset()
	if err != nil {
		return err
	}
	o.client = clientset.EoepcaV1alpha1()
	return nil
}

func (o *listOptions) many() bool { return o.allNamespaces || o.selector != "" }

func (o *listOptions) run(ctx context.Context) error {
	present, next, err := o.ask(ctx)
	if err != nil {
		return err
	}
	printed, err := o.print(ctx, present)
	if err != nil || !o.watch {
		return err
	}
	if o.spec.Polled {
		return o.poll(ctx, printed)
	}
	return o.follow(ctx, printed, next)
}

// ask reads the workspaces that are meant, and says how to watch them from there on.
func (o *listOptions) ask(ctx context.Context) ([]v1alpha1.Workspace, metav1.ListOptions, error) {
	client := o.client.Workspaces(o.namespace)
	if o.many() {
		list, err := client.List(ctx, metav1.ListOptions{LabelSelector: o.selector})
		if err != nil {
			return nil, metav1.ListOptions{}, err
		}
		return list.Items, metav1.ListOptions{LabelSelector: o.selector, ResourceVersion: list.ResourceVersion}, nil
	}
	ws, err := client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return nil, metav1.ListOptions{}, err
	}
	name := fields.OneTermEqualSelector(metav1.ObjectNameField, ws.Name).String()
	return []v1alpha1.Workspace{*ws}, metav1.ListOptions{FieldSelector: name, ResourceVersion: ws.ResourceVersion}, nil
}

// print prints the items of the workspaces, and answers what it has printed of each. Of many, those that cannot be asked
// keep nobody from seeing the others.
func (o *listOptions) print(ctx context.Context, workspaces []v1alpha1.Workspace) (printedRows, error) {
	printed, list := printedRows{}, List{Kind: o.spec.Kind, Columns: o.columns()}
	var problems []error
	for i := range workspaces {
		rows, err := o.rows(ctx, &workspaces[i])
		if err != nil && !(o.many() && apierrors.IsNotFound(err)) { // gone since it was listed
			problems = append(problems, err)
		}
		printed[nameOf(&workspaces[i])] = rows
		list.Rows = append(list.Rows, rows...)
	}
	if len(problems) == 0 || len(list.Rows) > 0 {
		problems = append(problems, o.Print(o.IOStreams, list))
	}
	return printed, utilerrors.Reduce(utilerrors.NewAggregate(problems))
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

func (o *listOptions) rows(ctx context.Context, ws *v1alpha1.Workspace) ([]Row, error) {
	var rows []Row
	if o.spec.Fetch == nil {
		rows = o.spec.Rows(ws, o.Clock.Now())
	} else {
		var err error
		if rows, err = o.spec.Fetch(ctx, o.client.Workspaces(ws.Namespace), ws, o.Clock.Now()); err != nil {
			return nil, err
		}
	}
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
	return rows, nil
}
