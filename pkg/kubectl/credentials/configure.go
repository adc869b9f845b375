package credentials

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/kubectl/credentials/inifile"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// newConfigureCommand is the group of those commands that have a client ask this plugin for keys.
func newConfigureCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	cmd := util.NewGroup("configure", "Have a client ask for the keys of a workspace itself, so that none is kept on this machine")
	cmd.AddCommand(newConfigureAWSCommand(f, workspace), newConfigureRcloneCommand(f, workspace), newConfigureDockerCommand(f, workspace))
	return cmd
}

// configureOptions are what all clients have in common.
type configureOptions struct {
	*util.Factory
	workspace *util.WorkspaceFlag
	dryRun    string
	force     bool
	// command is the plugin as clients are to call it.
	command invocation
}

func (o *configureOptions) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.dryRun, "dry-run", "none", `Must be "none" or "client". With client, only print what would be written.`)
	cmd.Flags().Lookup("dry-run").NoOptDefVal = "client"
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("dry-run", cobra.FixedCompletions([]string{"none", "client"}, cobra.ShellCompDirectiveNoFileComp)))
	cmd.Flags().BoolVar(&o.force, "force", o.force, "Replace what somebody else has written under the same name.")
}

func (o *configureOptions) complete(cmd *cobra.Command) (err error) {
	switch o.dryRun {
	case "none", "client":
	case "server":
		return util.UsageErrorf(cmd, "--dry-run=server: nothing is sent to the server; give client")
	default:
		return util.UsageErrorf(cmd, "--dry-run=%s: give none or client", o.dryRun)
	}
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	o.command, err = newInvocation(o.Factory, cmd, o.workspace.Name)
	return err
}

// put writes a section into a client's file, and says so.
func (o *configureOptions) put(path, what string, section inifile.Section) error {
	before, err := os.ReadFile(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return err
	}
	after, err := inifile.Put(string(before), section, o.force)
	var foreign *inifile.ForeignError
	switch {
	case errors.As(err, &foreign):
		conflict := util.Errorf(util.ExitConflict, "%s: %w", path, err)
		conflict.Hint = "give another name, or --force to replace it"
		return conflict
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	}
	return o.save(path, what, string(before), after, section.String())
}

// save writes a file unless that changes nothing, and reports it; shown is the part that is ours.
func (o *configureOptions) save(path, what, before, after, shown string) error {
	state := "configured"
	if after == before {
		state = "unchanged"
	}
	if o.dryRun == "client" {
		o.Progressf("%s %s in %s (dry run)", what, state, path)
		_, err := fmt.Fprint(o.Out, shown)
		return err
	}
	if after != before {
		if err := util.WriteFile(path, []byte(after)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(o.Out, "%s %s in %s\n", what, state, path)
	return err
}

// home is a file in the user's home folder, unless the environment names another.
func home(f *util.Factory, variable string, elements ...string) (string, error) {
	dir, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if path := f.Getenv(variable); path != "" {
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			return filepath.Join(dir, rest), nil
		}
		return filepath.Abs(path)
	}
	return filepath.Join(append([]string{dir}, elements...)...), nil
}
