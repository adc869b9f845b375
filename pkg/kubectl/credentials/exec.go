package credentials

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var execExample = templates.Examples(`
	# List a bucket with the keys of the workspace; afterwards this shell has none of them
	kubectl workspace credentials exec --workspace ws-alice -- aws s3 ls s3://ws-alice

	# Several commands
	kubectl workspace credentials exec --workspace ws-alice -- sh -c 'aws s3 ls "s3://$BUCKET" && rclone version'`)

// The exit codes of a command that did not run, as shells have them.
const (
	exitNotExecutable = 126
	exitNoCommand     = 127
)

type execOptions struct {
	*util.Factory
	workspace *util.WorkspaceFlag
}

func newExecCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &execOptions{Factory: f, workspace: workspace}
	cmd := &cobra.Command{
		Use:   "exec -- COMMAND [ARGUMENT...]",
		Short: "Run a command with the keys of a workspace in its environment",
		Long: util.Long(
			"Run a command with the keys of a workspace in its environment, and in no other. Its input and output, the "+
				"signals that it gets and its exit code are its own; 127 says that there is no such command, 126 that it "+
				"cannot be run.",
			"Variables of yours that would win over the keys, such as AWS_PROFILE, are not passed on."),
		Example: execExample,
		Args: util.Args(func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return errors.New("which command? give it after --")
			}
			return nil
		}),
		// Commands and their files: the shell knows them.
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.workspace.Complete(o.Factory, cmd); err != nil {
				return err
			}
			return runWithKeys(cmd.Context(), o.Factory, o.workspace.Name, args, nil)
		},
	}
	// What comes after the command is the command's.
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// runWithKeys runs a command with the keys of the workspace. It ends with an error that bears the command's exit code, and
// where the system allows it not at all: the command takes the place of this process.
func runWithKeys(ctx context.Context, f *util.Factory, workspace string, command []string, before func()) error {
	// The path first: without a command there is nothing to fetch keys for.
	path, err := exec.LookPath(command[0])
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EISDIR):
		return util.Errorf(exitNotExecutable, "%s: not executable", command[0])
	case err != nil:
		return util.Errorf(exitNoCommand, "%s: command not found", command[0])
	}
	found, err := fetch(ctx, f, workspace)
	if err != nil {
		return err
	}
	keys := environment(found)
	keys[util.WorkspaceEnv] = workspace
	env, dropped := childEnvironment(os.Environ(), keys)
	for _, name := range dropped {
		f.Progressf("note: $%s is not passed on, it would win over the keys of the workspace", name)
	}
	if before != nil {
		before()
	}
	f.Occupied.Store(true)
	if err := replace(path, command, env); err != nil {
		return util.Errorf(exitNotExecutable, "%s: %w", command[0], err)
	}
	return nil
}
