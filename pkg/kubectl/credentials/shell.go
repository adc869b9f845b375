package credentials

import (
	"cmp"
	"runtime"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var shellExample = templates.Examples(`
	# A shell in which S3 clients find the keys of the workspace; "exit" leaves them behind
	kubectl workspace credentials shell --workspace ws-alice

	# A shell of another kind
	SHELL=/usr/bin/fish kubectl workspace credentials shell --workspace ws-alice`)

func newShellCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return &cobra.Command{
		Use:   "shell",
		Short: "Open a shell with the keys of a workspace in its environment",
		Long: util.Long(
			"Open your shell, as $SHELL names it, with the keys of a workspace in its environment. The shell has " +
				"$" + util.WorkspaceEnv + " too, so that the plugin's commands mean this workspace, and a prompt can show it."),
		Example:           shellExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := workspace.Complete(f, cmd); err != nil {
				return err
			}
			greet := func() {
				if f.Terminal(f.In) {
					f.Progressf("In this shell the keys of workspace %q are set; \"exit\" leaves it.", workspace.Name)
				}
			}
			return runWithKeys(cmd.Context(), f, workspace.Name, []string{userShell(f, runtime.GOOS)}, greet)
		},
	}
}

// userShell is the shell that the user has chosen, else the one that every system has.
func userShell(f *util.Factory, system string) string {
	if system == "windows" {
		return cmp.Or(f.Getenv("ComSpec"), "cmd.exe")
	}
	return cmp.Or(f.Getenv("SHELL"), "/bin/sh")
}
