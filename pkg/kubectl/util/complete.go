package util

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// CompletionPatience is how long somebody who has pressed Tab is kept waiting.
const CompletionPatience = 3 * time.Second

// CompleteWorkspaces offers the names of the workspaces that the user may see, for a command that takes any number of them.
func (f *Factory) CompleteWorkspaces(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	ctx, cancel := context.WithTimeout(cmd.Context(), CompletionPatience)
	defer cancel()
	client, err := f.Workspaces()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	// From the cache: a name that is a moment old will do, and nobody waits.
	list, err := client.List(ctx, metav1.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, ws := range list.Items {
		names = append(names, ws.Name)
	}
	return Offer(names, args, toComplete), cobra.ShellCompDirectiveNoFileComp
}

// CompleteWorkspace offers them for a command that takes one.
func (f *Factory) CompleteWorkspace(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return f.CompleteWorkspaces(cmd, nil, toComplete)
}

// CompleteItems offers names that items finds in the workspace meant, for a command that takes at most this many; 0: any number.
func (w *WorkspaceFlag) CompleteItems(f *Factory, most int, items func(*v1alpha1.Workspace) []string) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if most > 0 && len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return Offer(w.items(f, cmd, items), args, toComplete), cobra.ShellCompDirectiveNoFileComp
	}
}

func (w *WorkspaceFlag) items(f *Factory, cmd *cobra.Command, items func(*v1alpha1.Workspace) []string) []string {
	ctx, cancel := context.WithTimeout(cmd.Context(), CompletionPatience)
	defer cancel()
	if err := w.Complete(f, cmd); err != nil {
		return nil
	}
	client, err := f.Workspaces()
	if err != nil {
		return nil
	}
	ws, err := client.Get(ctx, w.Name, metav1.GetOptions{})
	if err != nil {
		return nil
	}
	return items(ws)
}

// Offer is the sorted choice of names that begin as typed and are not among the arguments already.
func Offer(names, args []string, toComplete string) []cobra.Completion {
	var offered []cobra.Completion
	for _, name := range names {
		if strings.HasPrefix(name, toComplete) && !slices.Contains(args, name) {
			offered = append(offered, name)
		}
	}
	slices.Sort(offered)
	return slices.Compact(offered)
}
