package util

import (
	"strings"

	"github.com/spf13/cobra"
)

// NewGroup is a command that only holds others, such as a noun. Called without one of them it is a usage error: a script
// whose verb came out empty must not succeed.
func NewGroup(use, short string) *cobra.Command {
	return &cobra.Command{
		Use:   use,
		Short: short,
		Long:  Long(short + "."),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return UnknownCommand(cmd, args[0])
			}
			return UsageErrorf(cmd, "%q needs a command: %s", cmd.CommandPath(), strings.Join(commandNames(cmd), ", "))
		},
	}
}
