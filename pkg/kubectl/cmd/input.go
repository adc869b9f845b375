package cmd

import (
	"errors"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// checkInput refuses what no command could make sense of, before anything is asked of the server.
func checkInput(cmd *cobra.Command, args []string) error {
	if at := cmd.ArgsLenAtDash(); at >= 0 {
		args = args[:min(at, len(args))] // what follows "--" is another program's
	}
	for _, arg := range args {
		if !utf8.ValidString(arg) {
			return util.UsageErrorf(cmd, "%q is not valid UTF-8", arg)
		}
	}
	var invalid error
	cmd.Flags().Visit(func(flag *pflag.Flag) {
		if value := flag.Value.String(); invalid == nil && !utf8.ValidString(value) {
			invalid = util.UsageErrorf(cmd, "--%s %q is not valid UTF-8", flag.Name, value)
		}
	})
	if invalid != nil {
		return invalid
	}
	return checkFlags(cmd)
}

// checkFlags does cobra's own checks a moment earlier, so that they end as usage errors.
func checkFlags(cmd *cobra.Command) error {
	if err := cmd.ValidateRequiredFlags(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	if err := cmd.ValidateFlagGroups(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	return nil
}

// onlyCommands is for the root, which takes no arguments: what it gets is a command that there is not.
func onlyCommands(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return util.UnknownCommand(cmd, args[0])
	}
	return nil
}

func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		return util.UnknownFlag(cmd, unknown)
	}
	return util.UsageErrorf(cmd, "%v", err)
}
