package workspace

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var describeExample = templates.Examples(`
	# Everything about a workspace, with the events of it and of its parts
	kubectl workspace describe ws-alice

	# All workspaces that you may see with a label, without events
	kubectl workspace describe -l team=sentinel --show-events=false`)

type describeOptions struct {
	*util.Factory
	selection
	workspace  util.WorkspaceFlag
	showEvents bool
}

// NewDescribeCommand tells everything about workspaces.
func NewDescribeCommand(f *util.Factory) *cobra.Command {
	o := &describeOptions{Factory: f, showEvents: true}
	cmd := &cobra.Command{
		Use:   "describe [NAME...]",
		Short: "Tell everything about workspaces, events included",
		Long: util.Long(
			"Tell everything about one, several or all workspaces, as kubectl describe does: what is wanted, what the " +
				"providers have made of it, who shares its buckets, and the events of the workspace and of its parts. " +
				"What you may not read is left out with a remark. Without a name: the workspace in use."),
		Example:           describeExample,
		ValidArgsFunction: f.CompleteWorkspaces,
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.complete(cmd, names); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.selection.addTo(cmd)
	cmd.Flags().BoolVar(&o.showEvents, "show-events", o.showEvents, "Show the events of the workspace and of its parts.")
	o.workspace.AddTo(f, cmd)
	return cmd
}

func (o *describeOptions) complete(cmd *cobra.Command, names []string) error {
	o.names = names
	if err := o.selection.validate(cmd); err != nil {
		return err
	}
	if !o.selection.given() {
		if err := o.workspace.Complete(o.Factory, cmd); err != nil {
			return err
		}
		o.names = []string{o.workspace.Name}
	}
	return nil
}

func (o *describeOptions) run(ctx context.Context) error {
	found, failures := o.selection.find(ctx, o.Factory)
	for i, ws := range found {
		k, err := learn(ctx, o.Factory, &ws)
		if err == nil && o.showEvents {
			err = k.learnEvents(ctx, o.Factory)
		}
		if err != nil {
			return err
		}
		if i > 0 {
			fmt.Fprint(o.Out, "\n\n")
		}
		if err := describeWorkspace(o.Out, k); err != nil {
			return err
		}
	}
	return oneOrAll(failures)
}

// selection is which workspaces are meant: by name, by label or all.
type selection struct {
	names         []string
	labels        string
	allNamespaces bool
}

func (s *selection) addTo(cmd *cobra.Command) {
	cmdutil.AddLabelSelectorFlagVar(cmd, &s.labels)
	cmd.Flags().BoolVarP(&s.allNamespaces, "all-namespaces", "A", s.allNamespaces, "The workspaces of all namespaces.")
}

func (s *selection) given() bool { return len(s.names) > 0 || s.labels != "" || s.allNamespaces }

func (s *selection) validate(cmd *cobra.Command) error {
	switch {
	case len(s.names) > 0 && s.labels != "":
		return util.UsageErrorf(cmd, "give names or a selector (-l), not both")
	case len(s.names) > 0 && s.allNamespaces:
		return util.UsageErrorf(cmd, "a name is one of one namespace: leave out -A")
	}
	return nil
}

// find answers the workspaces that are meant, and an error for each name that is not among them.
func (s *selection) find(ctx context.Context, f *util.Factory) (found []v1alpha1.Workspace, failures []error) {
	client, err := f.Workspaces()
	if err != nil {
		return nil, []error{err}
	}
	for _, name := range s.names {
		ws, err := client.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, *ws)
	}
	if len(s.names) > 0 {
		return found, failures
	}
	return s.list(ctx, f)
}

func (s *selection) list(ctx context.Context, f *util.Factory) ([]v1alpha1.Workspace, []error) {
	namespace, err := f.Namespace()
	if err != nil {
		return nil, []error{err}
	}
	where := " in " + namespace + " namespace"
	if s.allNamespaces {
		namespace, where = "", ""
	}
	client, err := f.Clientset()
	if err != nil {
		return nil, []error{err}
	}
	list, err := client.EoepcaV1alpha1().Workspaces(namespace).List(ctx, metav1.ListOptions{LabelSelector: s.labels})
	if err != nil {
		return nil, []error{err}
	}
	if len(list.Items) == 0 {
		f.Progressf("No workspaces found%s.", where)
	}
	return list.Items, nil
}

// oneOrAll leaves a single error as it is: the API's own are told by their type.
func oneOrAll(failures []error) error {
	if len(failures) == 1 {
		return failures[0]
	}
	return utilerrors.NewAggregate(failures)
}
