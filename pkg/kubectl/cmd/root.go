// Package cmd puts the nouns of the plugin together: the root command, its name, its help, and what becomes of errors
// and signals. Commands themselves live in the packages beside it, one for each noun.
package cmd

import (
	"flag"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/kubectl/pkg/cmd/options"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/access"
	"github.com/eoepca/workspaces/pkg/kubectl/bucket"
	"github.com/eoepca/workspaces/pkg/kubectl/cluster"
	"github.com/eoepca/workspaces/pkg/kubectl/completion"
	"github.com/eoepca/workspaces/pkg/kubectl/credentials"
	"github.com/eoepca/workspaces/pkg/kubectl/docs"
	"github.com/eoepca/workspaces/pkg/kubectl/kubeconfig"
	"github.com/eoepca/workspaces/pkg/kubectl/member"
	"github.com/eoepca/workspaces/pkg/kubectl/session"
	"github.com/eoepca/workspaces/pkg/kubectl/store"
	"github.com/eoepca/workspaces/pkg/kubectl/token"
	"github.com/eoepca/workspaces/pkg/kubectl/usage"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
	"github.com/eoepca/workspaces/pkg/kubectl/workspace"
)

// New is the root command. The program is what the user types for it, such as "kubectl workspace".
func New(program string, f *util.Factory) *cobra.Command {
	root := &cobra.Command{
		Use:         "kubectl-workspace",
		Annotations: map[string]string{cobra.CommandDisplayNameAnnotation: program},
		Short:       "Work with workspaces: buckets, stores and sessions of a team",
		Long: util.Long(
			"Work with the workspaces of a team: what they are made of, their interactive sessions and their " +
				"keys. Data goes to stdout, progress to stderr."),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          onlyCommands,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			rest.SetDefaultWarningHandler(rest.NewWarningWriter(f.ErrOut, rest.WarningWriterOptions{Deduplicate: true}))
			return checkInput(cmd, args)
		},
	}
	root.SetIn(f.In)
	root.SetOut(f.Out)
	root.SetErr(f.ErrOut)
	f.Config.AddFlags(root.PersistentFlags())
	root.PersistentFlags().Var(&f.Color, "color", "When to use colours; auto: on a terminal, unless $NO_COLOR is set.")
	cobra.CheckErr(root.RegisterFlagCompletionFunc("color",
		cobra.FixedCompletions([]string{util.ColorAuto, util.ColorAlways, util.ColorNever}, cobra.ShellCompDirectiveNoFileComp)))
	addVerbosity(root)
	completeConnection(f, root)

	groups := templates.CommandGroups{
		{Message: "Workspaces:", Commands: []*cobra.Command{
			workspace.NewGetCommand(f),
			workspace.NewStatusCommand(f),
			workspace.NewDescribeCommand(f),
			workspace.NewTreeCommand(f),
			workspace.NewEventsCommand(f),
			workspace.NewCreateCommand(f),
			workspace.NewDeleteCommand(f),
			workspace.NewUseCommand(f),
			workspace.NewCurrentCommand(f),
			workspace.NewCanICommand(f),
		}},
		{Message: "What is in a workspace:", Commands: []*cobra.Command{
			member.NewCommand(f),
			bucket.NewCommand(f),
			access.NewCommand(f),
			session.NewCommand(f),
			store.NewCommand(f),
		}},
		{Message: "Working with it:", Commands: []*cobra.Command{
			credentials.NewCommand(f),
			token.NewCommand(f),
			kubeconfig.NewCommand(f),
			usage.NewCommand(f),
			cluster.NewUICommand(f),
		}},
		{Message: "The cluster and the plugin:", Commands: []*cobra.Command{
			cluster.NewCheckCommand(f),
			cluster.NewVersionCommand(f),
			cluster.NewSupportBundleCommand(f),
			completion.NewCommand(f),
		}},
	}
	groups.Add(root)
	templates.ActsAsRootCommand(root, []string{"options", "docs"}, groups...)
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(named(root.HelpFunc(), program))
	root.AddCommand(options.NewCmdOptions(f.Out), docs.NewCommand(f))
	finish(root, program)
	return root
}

// addVerbosity gives -v as kubectl has it: -v=6 and above show the requests.
func addVerbosity(root *cobra.Command) {
	var all flag.FlagSet
	klog.InitFlags(&all)
	verbosity := all.Lookup("v")
	verbosity.Usage = "How much to log; from 6 on the requests to the server"
	root.PersistentFlags().AddGoFlag(verbosity)
}
