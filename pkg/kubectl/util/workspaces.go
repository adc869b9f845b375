package util

import (
	"context"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// WorkspaceSelection is which workspaces are meant: by name, by label or all.
type WorkspaceSelection struct {
	Names         []string
	Labels        string
	AllNamespaces bool
}

// AddTo binds -l and -A.
func (s *WorkspaceSelection) AddTo(cmd *cobra.Command) {
	cmdutil.AddLabelSelectorFlagVar(cmd, &s.Labels)
	cmd.Flags().BoolVarP(&s.AllNamespaces, "all-namespaces", "A", s.AllNamespaces, "The workspaces of all namespaces.")
}

// Given says whether anything was selected.
func (s *WorkspaceSelection) Given() bool {
	return len(s.Names) > 0 || s.Labels != "" || s.AllNamespaces
}

// Validate refuses what contradicts itself.
func (s *WorkspaceSelection) Validate(cmd *cobra.Command) error {
	switch {
	case len(s.Names) > 0 && s.Labels != "":
		return UsageErrorf(cmd, "give names or a selector (-l), not both")
	case len(s.Names) > 0 && s.AllNamespaces:
		return UsageErrorf(cmd, "a name is one of one namespace: leave out -A")
	}
	return nil
}

// Find answers the workspaces that are meant, and an error for each name that is not among them.
func (s *WorkspaceSelection) Find(ctx context.Context, f *Factory) (found []v1alpha1.Workspace, failures []error) {
	client, err := f.Workspaces()
	if err != nil {
		return nil, []error{err}
	}
	for _, name := range once(s.Names) {
		ws, err := client.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			failures = append(failures, err)
			continue
		}
		found = append(found, *ws)
	}
	if len(s.Names) > 0 {
		return found, failures
	}
	return s.list(ctx, f)
}

func (s *WorkspaceSelection) list(ctx context.Context, f *Factory) ([]v1alpha1.Workspace, []error) {
	namespace, err := f.Namespace()
	if err != nil {
		return nil, []error{err}
	}
	where := " in " + namespace + " namespace"
	if s.AllNamespaces {
		namespace, where = "", ""
	}
	client, err := f.Clientset()
	if err != nil {
		return nil, []error{err}
	}
	list, err := client.EoepcaV1alpha1().Workspaces(namespace).List(ctx, metav1.ListOptions{LabelSelector: s.Labels})
	if err != nil {
		return nil, []error{err}
	}
	if len(list.Items) == 0 {
		f.Progressf("No workspaces found%s.", where)
	}
	return list.Items, nil
}

// OneOrAll is the error of several: a single one stays as it is, as the API's own are told by their type.
func OneOrAll(failures []error) error {
	if len(failures) == 1 {
		return failures[0]
	}
	return utilerrors.NewAggregate(failures)
}
