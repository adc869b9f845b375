package store

import (
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var listExample = templates.Examples(`
	# The stores of a workspace
	kubectl workspace store list --workspace ws-alice

	# With the names of the databases
	kubectl workspace store list --workspace ws-alice -o wide

	# Which types of stores this cluster can run
	kubectl get storetypes`)

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	return util.NewListCommand(f, workspace, util.ListSpec{
		Short:   "List the stores of a workspace",
		Long:    "List the stores of a workspace, of all types, with their sizes.",
		Example: listExample,
		Kind:    "Store",
		Columns: []util.Column{{Name: "Name"}, {Name: "Type"}, {Name: "Storage"}, {Name: "Backup"}, {Name: "Databases", Wide: true}},
		Rows:    rows,
	})
}

func rows(ws *v1alpha1.Workspace, _ time.Time) []util.Row {
	var rows []util.Row
	for _, d := range ws.Spec.Stores.Databases {
		row := row(databases, d.Name, d.Storage, d.BackupStorage, strings.Join(d.Databases, ","))
		var names []any
		for _, name := range d.Databases {
			names = append(names, name)
		}
		row.Fields["backupStorage"], row.Fields["databases"] = d.BackupStorage, names
		rows = append(rows, row)
	}
	for _, kind := range types[1:] {
		for _, store := range *plain(ws, kind) {
			rows = append(rows, row(kind, store.Name, store.Storage, "", ""))
		}
	}
	return rows
}

func row(kind, name, storage, backup, databases string) util.Row {
	return util.Row{
		Name:   name,
		Key:    kind + "/" + name,
		Cells:  []any{name, kind, storage, backup, databases},
		Fields: map[string]any{"name": name, "type": kind, "storage": storage},
	}
}
