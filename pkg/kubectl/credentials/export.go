package credentials

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var exportExample = templates.Examples(`
	# Use the keys in this shell: S3 clients such as aws and rclone find them
	eval "$(kubectl workspace credentials export --workspace ws-alice)"

	# In fish, and in PowerShell
	kubectl workspace credentials export --workspace ws-alice --format fish | source
	kubectl workspace credentials export --workspace ws-alice --format powershell | Out-String | Invoke-Expression

	# The connection values of one store
	kubectl workspace credentials export --workspace ws-alice --store databases/pg0

	# An alias for the MinIO client
	kubectl workspace credentials export --workspace ws-alice --format mc | mc alias import ws-alice

	# One value, and the answer of the server
	kubectl workspace credentials export --workspace ws-alice -o jsonpath='{.storage.endpoint}'
	kubectl workspace credentials export --workspace ws-alice -o json`)

type exportOptions struct {
	*util.Factory
	util.RevealFlag
	workspace *util.WorkspaceFlag
	object    *util.ObjectFlags
	format    string
	store     string
}

func newExportCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &exportOptions{Factory: f, workspace: workspace, object: util.NewObjectFlags()}
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print the keys of a workspace, ready for a shell or a client",
		Long: util.Long(
			"Print the keys of a workspace with the variables that its sessions have: by default as "+
				"\"export NAME='value'\" lines for a POSIX shell. They are read at this moment and stored nowhere.",
			formatsHelp(),
			"On a terminal secrets are masked, unless --reveal is given. \"credentials exec\" and \"credentials shell\" hand the "+
				"keys to a program without printing them; \"credentials configure\" has clients ask for them themselves."),
		Example:           exportExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&o.format, "format", "env", "How to write the keys. One of: ("+strings.Join(formatNames(), ", ")+").")
	cmd.Flags().StringVar(&o.store, "store", o.store, "Print the values of this store only: its NAME, or TYPE/NAME where types share it.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(formatNames(), cobra.ShellCompDirectiveNoFileComp)))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("store", workspace.CompleteItems(f, 0, stores)))
	o.AddTo(cmd.Flags())
	o.object.AddTo(cmd)
	return cmd
}

func (o *exportOptions) complete(cmd *cobra.Command) error {
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.object.Complete(cmd); err != nil {
		return err
	}
	format, known := formats[o.format]
	switch {
	case !known:
		return util.UsageErrorf(cmd, "--format %s: unknown format, give one of %s", o.format, strings.Join(formatNames(), ", "))
	case !o.object.Own() && cmd.Flags().Changed("format"):
		return util.UsageErrorf(cmd, "give --format or -o, not both: -o prints the answer of the server")
	case !o.object.Own() && o.store != "":
		return util.UsageErrorf(cmd, "give --store or -o, not both: -o prints the answer of the server, with all stores")
	case format.s3 && o.store != "":
		return util.UsageErrorf(cmd, "--format %s holds S3 keys, and --store has none: leave one out", o.format)
	}
	return nil
}

func (o *exportOptions) run(ctx context.Context) error {
	found, err := fetch(ctx, o.Factory, o.workspace.Name)
	if err != nil {
		return err
	}
	if !o.object.Own() {
		if o.Masks(o.Factory) {
			found = masked(found)
		}
		return o.object.PrintObj(found, o.Out)
	}
	env, err := o.variables(found)
	if err != nil {
		return err
	}
	format := formats[o.format]
	if format.s3 && env[envAccessKey] == "" {
		return notReady(fmt.Errorf("workspace %q has no S3 keys yet", o.workspace.Name), o.workspace.Name)
	}
	if o.Masks(o.Factory) {
		mask(env)
	}
	text, left, err := format.write(o.workspace.Name, env)
	if err != nil {
		return fmt.Errorf("--format %s: %w", o.format, err)
	}
	for _, out := range left {
		o.Progressf("warning: left out %q: %s", out.name, out.why)
	}
	_, err = fmt.Fprint(o.Out, text)
	return err
}

// variables are those to be printed.
func (o *exportOptions) variables(found *v1alpha1.WorkspaceCredentials) (map[string]string, error) {
	if o.store == "" {
		return environment(found), nil
	}
	var names []string
	var matching []v1alpha1.StoreCredentials
	for _, store := range found.Stores {
		full := store.Type + "/" + store.Name
		names = append(names, full)
		if o.store == store.Name || o.store == full {
			matching = append(matching, store)
		}
	}
	switch {
	case len(matching) == 1:
		return ofStore(found, matching[0]), nil
	case len(matching) > 1:
		return nil, util.Errorf(util.ExitUsage, "--store %s: several types have one, say which: %s", o.store, strings.Join(names, ", "))
	case len(names) == 0:
		return nil, util.Errorf(util.ExitNotFound, "workspace %q has no store with credentials", found.Name)
	}
	slices.Sort(names)
	return nil, util.Errorf(util.ExitNotFound, "workspace %q has no credentials for a store %q: it has them for %s", found.Name, o.store, strings.Join(names, ", "))
}

// stores are the stores of a workspace, as --store takes them.
func stores(ws *v1alpha1.Workspace) (names []string) {
	for _, host := range ws.Spec.Stores.Databases {
		names = append(names, "databases/"+host.Name)
	}
	for kind, stores := range map[string][]v1alpha1.Store{"vectors": ws.Spec.Stores.Vectors, "caches": ws.Spec.Stores.Caches, "documents": ws.Spec.Stores.Documents} {
		for _, store := range stores {
			names = append(names, kind+"/"+store.Name)
		}
	}
	return names
}
