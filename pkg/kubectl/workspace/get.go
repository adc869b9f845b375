package workspace

import (
	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/cmd/get"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var getExample = templates.Examples(`
	# The workspaces that you may see
	kubectl workspace get

	# One of them with more columns, and what happens to it from now on
	kubectl workspace get ws-alice -o wide --watch

	# All namespaces, newest last
	kubectl workspace get -A --sort-by=.metadata.creationTimestamp

	# Those that alice owns, for a script
	kubectl workspace get --field-selector spec.owner=alice -o name`)

// workspaces names the resource in full, so that no other group's workspaces are meant.
var workspaces = "workspaces." + v1alpha1.SchemeGroupVersion.Version + "." + v1alpha1.SchemeGroupVersion.Group

// NewGetCommand is kubectl's own get, bound to workspaces: its flags, formats and tables.
func NewGetCommand(f *util.Factory) *cobra.Command {
	o := get.NewGetOptions("kubectl", f.IOStreams)
	cmd := &cobra.Command{
		Use:     "get [NAME...]",
		Aliases: []string{"list", "ls"},
		Short:   "Show one, several or all workspaces",
		Long: util.Long(
			"Show one, several or all workspaces that you may see, with the flags and formats of kubectl get."),
		Example:           getExample,
		ValidArgsFunction: f.CompleteWorkspaces,
		RunE: func(cmd *cobra.Command, names []string) error {
			return runGet(cmd, o, cmdutil.NewFactory(cmdutil.NewMatchVersionFlags(f.Config)), names)
		},
	}
	addGetFlags(cmd, o)
	return cmd
}

func runGet(cmd *cobra.Command, o *get.GetOptions, factory cmdutil.Factory, names []string) error {
	for _, name := range names {
		if err := util.ValidName(cmd, name); err != nil {
			return err
		}
	}
	if len(names) > 1 && (o.Watch || o.WatchOnly) {
		return util.UsageErrorf(cmd, "a watch follows one workspace, or all: give one NAME or none")
	}
	args := append([]string{workspaces}, names...)
	if err := o.Complete(factory, cmd, args); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	// A wrong -o is told before anything is asked of the server.
	if _, err := o.ToPrinter(nil, nil, false, false); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	if o.Watch || o.WatchOnly {
		return (&watcher{GetOptions: o}).run(cmd.Context(), factory, args)
	}
	return o.Run(factory, args)
}

// addGetFlags binds kubectl get's flags, save those that name something other than workspaces (-f, -k, --raw).
func addGetFlags(cmd *cobra.Command, o *get.GetOptions) {
	o.PrintFlags.AddFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVarP(&o.Watch, "watch", "w", o.Watch, "After showing what there is, go on with what changes.")
	flags.BoolVar(&o.WatchOnly, "watch-only", o.WatchOnly, "Show what changes from now on, without showing what there is.")
	flags.BoolVar(&o.OutputWatchEvents, "output-watch-events", o.OutputWatchEvents, "With --watch or --watch-only, print the events themselves.")
	flags.BoolVar(&o.IgnoreNotFound, "ignore-not-found", o.IgnoreNotFound, "Succeed when a named workspace does not exist.")
	flags.StringVar(&o.FieldSelector, "field-selector", o.FieldSelector, "Field query: metadata.name, metadata.namespace, spec.owner, spec.environment; supports '=', '==' and '!='.")
	flags.BoolVarP(&o.AllNamespaces, "all-namespaces", "A", o.AllNamespaces, "Show the workspaces of all namespaces.")
	flags.BoolVar(&o.ServerPrint, "server-print", o.ServerPrint, "Have the server choose the columns.")
	cmdutil.AddChunkSizeFlag(cmd, &o.ChunkSize)
	cmdutil.AddLabelSelectorFlagVar(cmd, &o.LabelSelector)
	cmdutil.AddSubresourceFlags(cmd, &o.Subresource, "Show this subresource of the workspaces instead.")
}
