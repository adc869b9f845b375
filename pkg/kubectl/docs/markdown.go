package docs

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// width of flags' explanations, so that a page as GitHub shows it needs no scrolling.
const width = 110

// writeMarkdown prints a list of the commands, a section on each, and the flags that all of them have.
func writeMarkdown(w io.Writer, root *cobra.Command) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "## Commands\n\n| command | |\n|---|---|\n")
	walk(root, func(cmd *cobra.Command) {
		if !cmd.HasAvailableSubCommands() {
			fmt.Fprintf(out, "| [`%s`](#%s) | %s |\n", shortPath(cmd), anchor(cmd), cmd.Short)
		}
	})
	walk(root, func(cmd *cobra.Command) { section(out, cmd) })
	fmt.Fprintf(out, "\n## Flags of all commands\n\n")
	block(out, root.PersistentFlags().FlagUsagesWrapped(width))
	return out.Flush()
}

// walk visits the commands below one in the order of their names.
func walk(cmd *cobra.Command, visit func(*cobra.Command)) {
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() && sub.Name() != "options" {
			visit(sub)
			walk(sub, visit)
		}
	}
}

func section(out io.Writer, cmd *cobra.Command) {
	heading := "##"
	if cmd.Parent().HasParent() {
		heading = "###"
	}
	fmt.Fprintf(out, "\n%s %s\n\n%s\n", heading, cmd.CommandPath(), strings.TrimSuffix(cmd.Long, "\n\n"+util.ExitCodes))
	if !cmd.HasAvailableSubCommands() {
		fmt.Fprintln(out)
		block(out, cmd.UseLine())
	}
	if len(cmd.Aliases) > 0 {
		fmt.Fprintf(out, "\nAlso as `%s`.\n", strings.Join(cmd.Aliases, "`, `"))
	}
	if cmd.HasExample() {
		fmt.Fprintln(out)
		block(out, dedent(cmd.Example))
	}
	if flags := cmd.NonInheritedFlags(); flags.HasAvailableFlags() {
		fmt.Fprintln(out)
		block(out, flags.FlagUsagesWrapped(width))
	}
}

func block(out io.Writer, text string) {
	fmt.Fprintf(out, "```\n%s\n```\n", strings.TrimRight(text, "\n"))
}

// dedent takes away the indentation that help texts have.
func dedent(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], "  ")
	}
	return strings.Join(lines, "\n")
}

func shortPath(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().CommandPath()+" ")
}

// anchor is what GitHub makes of the section's heading.
func anchor(cmd *cobra.Command) string {
	return strings.ReplaceAll(strings.ToLower(cmd.CommandPath()), " ", "-")
}
