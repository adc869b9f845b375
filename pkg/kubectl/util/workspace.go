package util

import (
	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/validation"
)

// WorkspaceEnv names the workspace where --workspace does not.
const WorkspaceEnv = "EOEPCA_WORKSPACE"

// WorkspaceFlag is --workspace, for the commands that act inside of one workspace.
type WorkspaceFlag struct{ Name string }

// AddTo binds the flag to the command and all below it.
func (w *WorkspaceFlag) AddTo(f *Factory, cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&w.Name, "workspace", w.Name, "The workspace. Defaults to $"+WorkspaceEnv+", then to the one chosen by \""+Program+" use\".")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("workspace", f.CompleteWorkspaces))
}

// Complete falls back to the environment, then to the selection, which also brings its namespace.
func (w *WorkspaceFlag) Complete(f *Factory, cmd *cobra.Command) error {
	if w.Name == "" {
		w.Name = f.Getenv(WorkspaceEnv)
	}
	if w.Name == "" {
		selected, _, err := f.Selected()
		if err != nil {
			return err
		}
		w.Name, f.selectedNamespace = selected.Workspace, selected.Namespace
	}
	if w.Name == "" {
		return UsageErrorf(cmd, "which workspace? name it with --workspace NAME or in $%s, or choose one with the command \"use\"", WorkspaceEnv)
	}
	return ValidName(cmd, w.Name)
}

// CompleteName is Complete for a command that takes its workspace as an argument that may be left out.
func (w *WorkspaceFlag) CompleteName(f *Factory, cmd *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return UsageErrorf(cmd, "give one NAME, not %d", len(args))
	case len(args) == 1 && w.Name != "" && w.Name != args[0]:
		return UsageErrorf(cmd, "which workspace? %q or --workspace %q", args[0], w.Name)
	case len(args) == 1:
		w.Name = args[0]
	}
	return w.Complete(f, cmd)
}

// ValidName refuses what can be no name of a workspace before it becomes part of a path.
func ValidName(cmd *cobra.Command, name string) error {
	if problems := validation.NameIsDNSSubdomain(name, false); len(problems) > 0 {
		return UsageErrorf(cmd, "%q is no name of a workspace: %s", name, problems[0])
	}
	return nil
}
