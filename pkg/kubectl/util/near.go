package util

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Near are the names that may have been meant by one that is not among them: by a slip of one letter, else of two, or as the
// beginning of a longer one. cobra tells its commands apart in the same way.
func Near(name string, names []string) []string {
	if name == "" {
		return nil
	}
	among := &cobra.Command{SuggestionsMinimumDistance: 1}
	for _, known := range names {
		among.AddCommand(&cobra.Command{Use: known, Run: func(*cobra.Command, []string) {}})
	}
	near := among.SuggestionsFor(name)
	if len(near) == 0 {
		among.SuggestionsMinimumDistance = 2
		near = among.SuggestionsFor(name)
	}
	slices.Sort(near)
	return near[:min(len(near), 3)]
}

// DidYouMean is the question whether one of the near names was meant; empty where none is near.
func DidYouMean(name string, names []string) string {
	near := Near(name, names)
	if len(near) == 0 {
		return ""
	}
	return "did you mean " + strings.Join(near, " or ") + "?"
}

// UnknownCommand says that cmd holds no such command, and which was meant or which there are.
func UnknownCommand(cmd *cobra.Command, name string) error {
	names := commandNames(cmd)
	question := DidYouMean(name, names)
	if question == "" {
		question = "give one of " + strings.Join(names, ", ")
	}
	return UsageErrorf(cmd, "unknown command %q for %q: %s", name, cmd.CommandPath(), question)
}

// UnknownFlag says that cmd has no such flag, and which was meant.
func UnknownFlag(cmd *cobra.Command, err *pflag.NotExistError) error {
	var names []string
	cmd.Flags().VisitAll(func(flag *pflag.Flag) {
		if !flag.Hidden {
			names = append(names, "--"+flag.Name)
		}
	})
	if question := DidYouMean("--"+err.GetSpecifiedName(), names); question != "" && err.GetSpecifiedShortnames() == "" {
		return UsageErrorf(cmd, "%v: %s", err, question)
	}
	return UsageErrorf(cmd, "%v", err)
}

func commandNames(cmd *cobra.Command) []string {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return names
}
