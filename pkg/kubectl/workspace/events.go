package workspace

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/liggitt/tabwriter"
	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/client-go/kubernetes"
	kubescheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubectl/pkg/cmd/events"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var eventsExample = templates.Examples(`
	# What has happened to a workspace and its parts
	kubectl workspace events ws-alice

	# Go on with what happens, warnings alone
	kubectl workspace events ws-alice --watch --types=Warning

	# Those of all workspaces in the namespace, and in all namespaces
	kubectl workspace events --all
	kubectl workspace events -A`)

type eventsOptions struct {
	*util.Factory
	print              *genericclioptions.PrintFlags
	workspace          util.WorkspaceFlag
	all, allNamespaces bool
	watch, noHeaders   bool
	types              []string

	namespace string
	client    kubernetes.Interface
	printer   printers.ResourcePrinter
	tabs      *tabwriter.Writer
}

// NewEventsCommand is kubectl's own events, of workspaces and their parts.
func NewEventsCommand(f *util.Factory) *cobra.Command {
	o := &eventsOptions{Factory: f, print: genericclioptions.NewPrintFlags("").WithTypeSetter(kubescheme.Scheme)}
	cmd := &cobra.Command{
		Use:   "events [NAME]",
		Short: "List what has happened to a workspace and its parts",
		Long: util.Long(
			"List the events of a workspace together with those of the Storage and the Datalab that it is composed of, oldest " +
				"first. Without a name: the workspace in use. Events are objects of the namespace: you need the right to list them."),
		Example:           eventsExample,
		ValidArgsFunction: f.CompleteWorkspace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.print.AddFlags(cmd)
	flags := cmd.Flags()
	flags.BoolVar(&o.all, "all", o.all, "Those of all workspaces of the namespace.")
	flags.BoolVarP(&o.allNamespaces, "all-namespaces", "A", o.allNamespaces, "Those of all workspaces in all namespaces.")
	flags.BoolVarP(&o.watch, "watch", "w", o.watch, "After listing, go on with what happens.")
	flags.BoolVar(&o.noHeaders, "no-headers", o.noHeaders, "Print no headers.")
	flags.StringSliceVar(&o.types, "types", o.types, "Only events of these types: Normal, Warning.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("types",
		cobra.FixedCompletions([]string{corev1.EventTypeNormal, corev1.EventTypeWarning}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

func (o *eventsOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if err := o.which(cmd, args); err != nil {
		return err
	}
	for _, t := range o.types {
		if !strings.EqualFold(t, corev1.EventTypeNormal) && !strings.EqualFold(t, corev1.EventTypeWarning) {
			return util.UsageErrorf(cmd, "--types %s: give Normal or Warning", t)
		}
	}
	if o.printer, err = o.toPrinter(); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	if !o.allNamespaces {
		if o.namespace, err = o.Namespace(); err != nil {
			return err
		}
	}
	o.client, err = o.Kubernetes()
	return err
}

func (o *eventsOptions) which(cmd *cobra.Command, args []string) error {
	many := o.all || o.allNamespaces
	if many && (len(args) > 0 || cmd.Flags().Changed("workspace")) {
		return util.UsageErrorf(cmd, "give one workspace, or --all or -A for many")
	}
	if many {
		return nil
	}
	return o.workspace.CompleteName(o.Factory, cmd, args)
}

func (o *eventsOptions) toPrinter() (printers.ResourcePrinter, error) {
	if *o.print.OutputFormat != "" || *o.print.TemplatePrinterFlags.TemplateArgument != "" {
		return o.print.ToPrinter()
	}
	return events.NewEventPrinter(o.noHeaders, o.allNamespaces), nil
}

func (o *eventsOptions) run(ctx context.Context) error {
	list, err := util.ListEvents(ctx, o.client, o.namespace, o.workspace.Name)
	if err != nil {
		return err
	}
	list.Items = slices.DeleteFunc(list.Items, func(e corev1.Event) bool { return !o.wanted(&e) })
	o.tabs = printers.GetNewTabWriter(o.Out)
	if len(list.Items) > 0 {
		err = o.show(func(w io.Writer) error { return o.printList(list, w) })
	} else if !o.watch {
		err = o.nothing(ctx)
	}
	if err != nil || !o.watch {
		return err
	}
	return o.follow(ctx, list.ResourceVersion)
}

func (o *eventsOptions) printList(list *corev1.EventList, w io.Writer) error {
	if *o.print.OutputFormat != "name" {
		return o.printer.PrintObj(list, w)
	}
	// The printer of names takes no lists.
	for i := range list.Items {
		if err := o.printer.PrintObj(&list.Items[i], w); err != nil {
			return err
		}
	}
	return nil
}

// nothing says that there are no events, unless there is no workspace either.
func (o *eventsOptions) nothing(ctx context.Context) error {
	where := ""
	switch {
	case o.workspace.Name != "":
		client, err := o.Workspaces()
		if err != nil {
			return err
		}
		if _, err := client.Get(ctx, o.workspace.Name, metav1.GetOptions{}); apierrors.IsNotFound(err) {
			return err
		}
		where = " for workspace " + o.workspace.Name + ": clusters forget them, most after an hour"
	case o.namespace != "":
		where = " in " + o.namespace + " namespace"
	}
	o.Progressf("No events found%s.", where)
	return nil
}

// follow prints what happens from a version on. It ends as kubectl's own --watch does: with the server's stream, or when the
// user interrupts it.
func (o *eventsOptions) follow(ctx context.Context, version string) error {
	options := util.EventOptions(o.workspace.Name)
	options.Limit, options.ResourceVersion = 0, version
	stream, err := o.client.CoreV1().Events(o.namespace).Watch(ctx, options)
	if err != nil {
		return err
	}
	defer stream.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case change, open := <-stream.ResultChan():
			switch {
			case !open:
				return nil
			case change.Type == watch.Error:
				return apierrors.FromObject(change.Object)
			}
			if err := o.showChange(change); err != nil {
				return err
			}
		}
	}
}

func (o *eventsOptions) showChange(change watch.Event) error {
	event, ok := change.Object.(*corev1.Event)
	// Events that are too old are deleted: nothing has happened.
	if !ok || change.Type == watch.Deleted || !util.IsWorkspaceEvent(event, o.workspace.Name) || !o.wanted(event) {
		return nil
	}
	event.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Event"}
	return o.show(func(w io.Writer) error { return o.printer.PrintObj(event, w) })
}

// show prints through one tabwriter, which remembers the widths of the columns from one change to the next.
func (o *eventsOptions) show(print func(io.Writer) error) error {
	if err := print(o.tabs); err != nil {
		return err
	}
	return o.tabs.Flush()
}

func (o *eventsOptions) wanted(event *corev1.Event) bool {
	return len(o.types) == 0 || slices.ContainsFunc(o.types, func(t string) bool { return strings.EqualFold(t, event.Type) })
}
