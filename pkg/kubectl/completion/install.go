package completion

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var installExample = templates.Examples(`
	# For the shell that you use
	kubectl workspace completion install

	# For fish, with the helper in a folder that is on the $PATH
	kubectl workspace completion install --shell fish --dir ~/.local/bin

	# See what would be written
	kubectl workspace completion install --dry-run`)

type installOptions struct {
	*util.Factory
	shell, dir string
	dryRun     bool

	// program is the plugin itself, where the helper leads.
	program string
}

func newInstallCommand(f *util.Factory) *cobra.Command {
	o := &installOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "install",
		Short: "Install completion for your shell and for kubectl",
		Long: util.Long(
			"Install completion: the shell's script for \"kubectl-workspace\" where the shell looks for it, and for \"kubectl workspace\" the helper " +
				Helper + ", which kubectl asks, beside the plugin or in --dir. What is up to date stays as it is, and what this command has not written is never overwritten; each file is told."),
		Example:           installExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			s := shellOf(o.Getenv("SHELL"))
			if o.shell != "" {
				s = shellOf(o.shell)
			}
			if s == nil {
				return util.UsageErrorf(cmd, "which shell? give --shell, one of %s", strings.Join(names(), ", "))
			}
			if o.program, err = os.Executable(); err != nil {
				return err
			}
			return o.run(cmd.Root(), s)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.shell, "shell", "", "The shell: "+strings.Join(names(), ", ")+". Defaults to that of $SHELL.")
	flags.StringVar(&o.dir, "dir", "", "Where the helper for kubectl goes: a folder on the $PATH. Defaults to the plugin's own.")
	flags.BoolVar(&o.dryRun, "dry-run", false, "Only tell what would be written.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("shell", cobra.FixedCompletions(names(), cobra.ShellCompDirectiveNoFileComp)))
	cobra.CheckErr(cmd.MarkFlagDirname("dir"))
	return cmd
}

func (o *installOptions) run(root *cobra.Command, s *shell) error {
	dir := o.dir
	if dir == "" {
		dir = filepath.Dir(o.program)
	}
	if err := o.installHelper(dir); err != nil {
		return err
	}
	script, advice, err := o.place(s)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := s.script(root, &text); err != nil {
		return err
	}
	if err := o.write(script, text.Bytes(), heading(root), 0o644); err != nil {
		return err
	}
	if !onPath(o.Getenv("PATH"), dir) {
		o.Progressf("warning: %s is not on the $PATH, so kubectl does not find %s in it: add it, or choose another with --dir", dir, Helper)
	}
	o.Progressf("%s", advice)
	return nil
}

// heading is in the first lines of each script that cobra makes for a program.
func heading(root *cobra.Command) string {
	return fmt.Sprintf(" for %-36s -*- shell-script -*-", root.Name())
}

// place is where the shell looks for the script, and what else it needs.
func (o *installOptions) place(s *shell) (file, advice string, err error) {
	data, config := o.Getenv("XDG_DATA_HOME"), o.Getenv("XDG_CONFIG_HOME")
	if data == "" || config == "" {
		home := o.Getenv("HOME")
		if home == "" {
			if home, err = os.UserHomeDir(); err != nil {
				return "", "", err
			}
		}
		data, config = either(data, filepath.Join(home, ".local", "share")), either(config, filepath.Join(home, ".config"))
	}
	const next = "It counts in shells that are started from now on, where kubectl completes, too: "
	switch s.name {
	case "bash":
		return filepath.Join(data, "bash-completion", "completions", "kubectl-workspace"), next + "source <(kubectl completion bash)", nil
	case "fish":
		return filepath.Join(config, "fish", "completions", "kubectl-workspace.fish"), next + "kubectl completion fish | source", nil
	case "zsh":
		dir := filepath.Join(data, "zsh", "site-functions")
		return filepath.Join(dir, "_kubectl-workspace"), next + "source <(kubectl completion zsh). zsh finds the script when .zshrc has, before compinit: fpath+=(" + dir + ")", nil
	}
	file = filepath.Join(config, "powershell", "kubectl-workspace.ps1")
	return file, "Add to $PROFILE: . " + file + "; and for kubectl: kubectl completion powershell | Out-String | Invoke-Expression", nil
}

func either(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}

func onPath(path, dir string) bool {
	for _, entry := range filepath.SplitList(path) {
		if filepath.Clean(entry) == filepath.Clean(dir) {
			return true
		}
	}
	return false
}

// tell says what has become of a file.
func (o *installOptions) tell(file, what string) {
	if o.dryRun && what != unchanged {
		what += " (dry run)"
	}
	fmt.Fprintf(o.Out, "%s %s\n", file, what)
}
