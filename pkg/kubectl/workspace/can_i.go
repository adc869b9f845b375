package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var canIExample = templates.Examples(`
	# Everything that you may do in the workspace in use
	kubectl workspace can-i --list

	# May you change its members? Prints yes or no
	kubectl workspace can-i update members --workspace ws-alice

	# For a script: the exit code is the answer
	kubectl workspace can-i get credentials --quiet && echo "there are keys for you"

	# What may somebody else?
	kubectl workspace can-i --list --workspace ws-alice --as bob`)

type canIOptions struct {
	*util.Factory
	workspace   util.WorkspaceFlag
	table       *util.ListFlags
	list, quiet bool

	verb   string
	about  permission
	scope  scope
	client kubernetes.Interface
}

// NewCanICommand tells what the caller may do in a workspace.
func NewCanICommand(f *util.Factory) *cobra.Command {
	o := &canIOptions{Factory: f, table: util.NewListFlags()}
	cmd := &cobra.Command{
		Use:   "can-i (VERB [WHAT] | --list)",
		Short: "Tell what you may do in a workspace",
		Long: util.Long(
			"Tell whether you may do something in a workspace: the answer is yes, or no and the exit code 1. VERB is one of get, list, watch, "+
				"create, update, patch, delete; WHAT is one of "+strings.Join(whats(), ", ")+"; without it the workspace itself is meant.",
			"With --list everything that can be allowed is listed, and whether it is."),
		Example:           canIExample,
		ValidArgsFunction: completeCanI,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			if o.list {
				return o.runList(cmd.Context())
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.table.AddTo(cmd)
	cmd.Flags().BoolVar(&o.list, "list", o.list, "List everything that can be allowed, and whether it is.")
	cmd.Flags().BoolVarP(&o.quiet, "quiet", "q", o.quiet, "Print nothing: the exit code is the answer.")
	return cmd
}

func (o *canIOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if err := o.question(cmd, args); err != nil {
		return err
	}
	if err := o.table.Complete(cmd); err != nil {
		return err
	}
	// Whether one may make or list workspaces is a question about the namespace.
	if o.list || o.about.attributes(scope{workspace: "any"}, o.verb).Name != "" {
		if err := o.workspace.Complete(o.Factory, cmd); err != nil {
			return err
		}
	}
	o.scope.workspace = o.workspace.Name
	if o.scope.namespace, err = o.Namespace(); err != nil {
		return err
	}
	o.client, err = o.Kubernetes()
	return err
}

// question reads what is asked.
func (o *canIOptions) question(cmd *cobra.Command, args []string) (err error) {
	switch {
	case o.list && len(args) > 0:
		return util.UsageErrorf(cmd, "give a question or --list, not both")
	case o.list && o.quiet:
		return util.UsageErrorf(cmd, "--quiet leaves nothing of --list: give one of them")
	case o.list:
		return nil
	case len(args) == 0 || len(args) > 2:
		return util.UsageErrorf(cmd, "give VERB and what it is about, or --list")
	case !o.list && cmd.Flags().Changed("output"):
		return util.UsageErrorf(cmd, "-o goes with --list")
	}
	what := "workspace"
	if len(args) == 2 {
		what = args[1]
	}
	if o.about, err = permissionNamed(what); err != nil {
		return util.UsageErrorf(cmd, "%v", err)
	}
	if o.verb = strings.ToLower(args[0]); !slices.Contains(o.about.verbs, o.verb) {
		return util.UsageErrorf(cmd, "nobody can %q %s: give one of %s", args[0], o.about.name, strings.Join(o.about.verbs, ", "))
	}
	return nil
}

func (o *canIOptions) run(ctx context.Context) error {
	allowed, err := o.about.allowed(ctx, o.client, o.scope, o.verb)
	if err != nil {
		return err
	}
	if !o.quiet {
		fmt.Fprintln(o.Out, map[bool]string{true: "yes", false: "no"}[allowed])
	}
	if !allowed {
		return util.Answered(util.ExitError)
	}
	return nil
}

var matrixVerbs = []string{"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"}

func (o *canIOptions) runList(ctx context.Context) error {
	allowed, err := allAllowed(ctx, o.client, o.scope)
	if err != nil {
		return err
	}
	list := util.List{Kind: "Permission", Columns: []util.Column{{Name: "What"}}}
	for _, verb := range matrixVerbs {
		list.Columns = append(list.Columns, util.Column{Name: verb, Wide: verb == "deletecollection"})
	}
	list.Columns = append(list.Columns, util.Column{Name: "Meaning", Wide: true})
	for i, p := range permissions {
		list.Rows = append(list.Rows, o.row(p, allowed[i]))
	}
	return o.table.Print(o.IOStreams, list)
}

func (o *canIOptions) row(p permission, allowed map[string]bool) util.Row {
	cells, verbs, refused := []any{p.name}, []any{}, []any{}
	for _, verb := range matrixVerbs {
		switch may, exists := allowed[verb]; {
		case !exists:
			cells = append(cells, "")
		case may:
			cells, verbs = append(cells, "yes"), append(verbs, verb)
		default:
			cells, refused = append(cells, "no"), append(refused, verb)
		}
	}
	return util.Row{
		Name: p.name, Cells: append(cells, p.what),
		Fields: map[string]any{
			"name": p.name, "namespace": o.scope.namespace, "workspace": o.scope.workspace, "allowed": verbs, "refused": refused,
		},
	}
}

func whats() []string {
	names := make([]string, 0, len(permissions))
	for _, p := range permissions {
		names = append(names, p.name)
	}
	return names
}

func completeCanI(_ *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var offered []string
	switch len(args) {
	case 0:
		offered = matrixVerbs
	case 1:
		for _, p := range permissions {
			if slices.Contains(p.verbs, args[0]) {
				offered = append(offered, p.name)
			}
		}
	}
	return util.Offer(offered, nil, toComplete), cobra.ShellCompDirectiveNoFileComp
}
