package docs

import (
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// NewCommand is the hidden noun "docs".
func NewCommand(f *util.Factory) *cobra.Command {
	cmd := util.NewGroup("docs", "Write the reference of all commands, for those who package the plugin")
	cmd.Hidden = true
	cmd.AddCommand(newMarkdownCommand(f), newManCommand(f))
	return cmd
}

var markdownExample = templates.Examples(`
	# The commands' part of docs/cli.md
	kubectl workspace docs markdown`)

func newMarkdownCommand(f *util.Factory) *cobra.Command {
	return &cobra.Command{
		Use:               "markdown",
		Short:             "Print the reference of all commands as one page of Markdown",
		Long:              util.Long("Print the reference of all commands as one page of Markdown."),
		Example:           markdownExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return writeMarkdown(f.Out, ready(cmd.Root()))
		},
	}
}

var manExample = templates.Examples(`
	# A man page for each command, where man finds it
	kubectl workspace docs man /usr/local/share/man/man1`)

func newManCommand(f *util.Factory) *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write a man page for each command into a folder",
		Long:    util.Long("Write a man page for each command into a folder, which is made if needed. $SOURCE_DATE_EPOCH dates them."),
		Example: manExample,
		Args:    util.Args(cobra.ExactArgs(1)),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveFilterDirs
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			root := ready(cmd.Root())
			if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: util.Program, Manual: util.Program}, dir); err != nil {
				return err
			}
			f.Progressf("The man pages are in %s.", dir)
			return nil
		},
	}
}

// ready frees the reference of what differs from machine to machine.
func ready(root *cobra.Command) *cobra.Command {
	root.DisableAutoGenTag = true
	if cache := root.PersistentFlags().Lookup("cache-dir"); cache != nil {
		cache.DefValue = "$HOME/.kube/cache"
	}
	return root
}
