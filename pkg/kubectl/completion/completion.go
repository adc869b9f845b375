package completion

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// Helper is the program that kubectl asks what a command line of the plugin may go on with.
const Helper = "kubectl_complete-workspace"

// shells are those that there is a script for.
var shells = []shell{
	{"bash", func(root *cobra.Command, w io.Writer) error { return root.GenBashCompletionV2(w, true) }, "source <(kubectl-workspace completion bash)"},
	{"zsh", (*cobra.Command).GenZshCompletion, "source <(kubectl-workspace completion zsh)"},
	{"fish", func(root *cobra.Command, w io.Writer) error { return root.GenFishCompletion(w, true) }, "kubectl-workspace completion fish | source"},
	{"powershell", (*cobra.Command).GenPowerShellCompletionWithDesc, "kubectl-workspace completion powershell | Out-String | Invoke-Expression"},
}

type shell struct {
	name   string
	script func(root *cobra.Command, w io.Writer) error
	// source is what reads the script into a running shell.
	source string
}

// NewCommand is the "completion" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	cmd := util.NewGroup("completion", "Have the shell complete commands, flags and names")
	for _, shell := range shells {
		cmd.AddCommand(newScriptCommand(f, shell))
	}
	cmd.AddCommand(newInstallCommand(f))
	return cmd
}

func newScriptCommand(f *util.Factory, s shell) *cobra.Command {
	return &cobra.Command{
		Use:   s.name,
		Short: "Print the completion script for " + s.name,
		Long: util.Long(
			fmt.Sprintf("Print the script that has %s complete \"kubectl-workspace\".", s.name),
			"For \"kubectl workspace\" kubectl's own script is what counts, and the program "+Helper+" on the $PATH: \""+
				util.Program+" completion install\" puts both where they belong."),
		Example:           templates.Examples("# In this shell, from now on\n" + s.source + "\n\n# The script itself\n" + util.Program + " completion " + s.name),
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(cmd *cobra.Command, _ []string) error { return s.script(cmd.Root(), f.Out) },
	}
}

// shellOf is the shell that a program such as /usr/bin/fish is; nil: none that there is a script for.
func shellOf(program string) *shell {
	name := program[strings.LastIndexAny(program, `/\`)+1:]
	name = strings.TrimSuffix(strings.TrimPrefix(name, "-"), ".exe")
	if name == "pwsh" {
		name = "powershell"
	}
	if at := slices.IndexFunc(shells, func(s shell) bool { return s.name == name }); at >= 0 {
		return &shells[at]
	}
	return nil
}

func names() (names []string) {
	for _, shell := range shells {
		names = append(names, shell.name)
	}
	return names
}
