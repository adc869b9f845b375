package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var deleteExample = templates.Examples(`
	# Delete a store and all data in it; its name has to be typed
	kubectl workspace store delete pg0 --workspace ws-alice

	# In a script, and where stores of several types bear the name
	kubectl workspace store delete prod --type caches --yes --workspace ws-alice`)

type deleteOptions struct {
	*util.Change
	util.Confirmation
	kind typeFlag
	name string
}

func newDeleteCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &deleteOptions{Change: util.NewChange(f, workspace, util.SectionStores, "deleted")}
	cmd := &cobra.Command{
		Use:               "delete NAME",
		Aliases:           []string{"rm", "remove"},
		Short:             "Delete a store with all its data",
		Long:              util.Long("Delete a store of a workspace with all data in it, and wait until the workspace is ready without it."),
		Example:           deleteExample,
		Args:              util.OneName,
		ValidArgsFunction: workspace.CompleteItems(f, 1, names),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			if err := o.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	addType(cmd, &o.kind)
	o.Confirmation.AddTo(cmd.Flags())
	o.AddFlags(cmd, true)
	return cmd
}

// addType binds --type for a command that takes a store that there is.
func addType(cmd *cobra.Command, kind *typeFlag) {
	cmd.Flags().Var(kind, "type", "The type of the store; needed where stores of several types bear the name.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(types, cobra.ShellCompDirectiveNoFileComp)))
}

func (o *deleteOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if !o.NeverWritten() {
		if err := o.ask(ctx, cmd); err != nil {
			return err
		}
	}
	ws, err := o.Edit(ctx, o.remove)
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "store", "deleted", o.name)
}

func (o *deleteOptions) ask(ctx context.Context, cmd *cobra.Command) error {
	if o.Interactive() && !o.Yes {
		// Nobody is asked about what does not exist.
		ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		key, err := find(ws, o.kind, o.name)
		if err != nil {
			return err
		}
		o.kind = typeFlag(key.kind)
	}
	what := "Store " + o.name
	if o.kind != "" {
		what += " (" + string(o.kind) + ")"
	}
	return o.Ask(ctx, o.Factory, cmd, fmt.Sprintf("%s of workspace %s is deleted, with all data in it.", what, o.Workspace.Name), o.name)
}

func (o *deleteOptions) remove(ws *v1alpha1.Workspace) error {
	key, err := find(ws, o.kind, o.name)
	if err != nil {
		return err
	}
	if key.kind == databases {
		ws.Spec.Stores.Databases = slices.DeleteFunc(ws.Spec.Stores.Databases, func(d v1alpha1.Database) bool { return d.Name == o.name })
		return nil
	}
	stores := plain(ws, key.kind)
	*stores = slices.DeleteFunc(*stores, func(s v1alpha1.Store) bool { return s.Name == o.name })
	return nil
}
