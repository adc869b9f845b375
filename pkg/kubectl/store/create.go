package store

import (
	"context"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var createExample = templates.Examples(`
	# A PostgreSQL host with two databases
	kubectl workspace store create pg0 --type databases --database dev --database prod --workspace ws-alice

	# A cache of a size of your choice
	kubectl workspace store create prod --type caches --storage 2Gi --workspace ws-alice`)

type createOptions struct {
	*util.Change
	kind                   typeFlag
	name                   string
	storage, backupStorage string
	databases              []string
}

func newCreateCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &createOptions{Change: util.NewChange(f, workspace, util.SectionStores, "created")}
	cmd := &cobra.Command{
		Use:   "create NAME --type TYPE",
		Short: "Create a store in a workspace and wait until it is ready",
		Long: util.Long(
			"Create a store in a workspace and wait until the workspace is ready with it. Which types of stores there are depends on the operators "+
				"that the cluster runs: kubectl get storetypes.",
			"What you leave out, the server chooses: the sizes. A PostgreSQL host without --database has one of its own name."),
		Example:           createExample,
		Args:              util.OneName,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.Var(&o.kind, "type", "The type of the store; needed.")
	flags.StringVar(&o.storage, "storage", o.storage, "The size of the data volume, such as 1Gi.")
	flags.StringVar(&o.backupStorage, "backup-storage", o.backupStorage, "The size of the backup volume of a database host, such as 10Gi.")
	flags.StringSliceVar(&o.databases, "database", o.databases, "The name of a database on the host. May be repeated.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("type", completeTypes(f)))
	o.AddFlags(cmd, true)
	return cmd
}

func (o *createOptions) complete(cmd *cobra.Command, args []string) error {
	o.name = args[0]
	switch {
	case o.kind == "":
		return util.UsageErrorf(cmd, "which type of store? give --type %s", o.kind.Type())
	case o.kind != databases && len(o.databases) > 0:
		return util.UsageErrorf(cmd, "--database is for --type %s, not for %s", databases, o.kind)
	case o.kind != databases && o.backupStorage != "":
		return util.UsageErrorf(cmd, "--backup-storage is for --type %s, not for %s", databases, o.kind)
	case o.kind == databases && len(o.databases) == 0:
		o.databases = []string{o.name}
	}
	return o.Complete(cmd)
}

func (o *createOptions) run(ctx context.Context) error {
	ws, err := o.Edit(ctx, o.add)
	if err != nil {
		return err
	}
	return o.Report(ctx, ws, "store", "created", o.name)
}

func (o *createOptions) add(ws *v1alpha1.Workspace) error {
	if _, err := find(ws, o.kind, o.name); err == nil {
		return util.Errorf(util.ExitConflict, "workspace %q has a store %q of the type %s already", ws.Name, o.name, o.kind)
	}
	if o.kind == databases {
		ws.Spec.Stores.Databases = append(ws.Spec.Stores.Databases,
			v1alpha1.Database{Name: o.name, Databases: o.databases, Storage: o.storage, BackupStorage: o.backupStorage})
		return nil
	}
	stores := plain(ws, string(o.kind))
	*stores = append(*stores, v1alpha1.Store{Name: o.name, Storage: o.storage})
	return nil
}

// completeTypes offers the types that the cluster can run, or all where it does not say.
func completeTypes(f *util.Factory) cobra.CompletionFunc {
	return func(cmd *cobra.Command, _ []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
		ctx, cancel := context.WithTimeout(cmd.Context(), util.CompletionPatience)
		defer cancel()
		offered := types
		if client, err := f.Clientset(); err == nil {
			if list, err := client.EoepcaV1alpha1().StoreTypes().List(ctx, metav1.ListOptions{}); err == nil {
				offered = nil
				for _, t := range list.Items {
					if t.Status.Available {
						offered = append(offered, t.Name)
					}
				}
			}
		}
		return util.Offer(offered, nil, toComplete), cobra.ShellCompDirectiveNoFileComp
	}
}
