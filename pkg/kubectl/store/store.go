package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// The types of stores, as the API names them.
const (
	databases = "databases"
	vectors   = "vectors"
	caches    = "caches"
	documents = "documents"
)

var types = []string{databases, vectors, caches, documents}

// NewCommand is the "store" noun.
func NewCommand(f *util.Factory) *cobra.Command {
	workspace := &util.WorkspaceFlag{}
	cmd := util.NewGroup("store", "List, create and delete the stores of a workspace, and connect to them")
	cmd.Aliases = []string{"stores"}
	workspace.AddTo(f, cmd)
	cmd.AddCommand(newListCommand(f, workspace), newCreateCommand(f, workspace), newDeleteCommand(f, workspace), newConnectCommand(f, workspace))
	return cmd
}

// typeFlag is --type.
type typeFlag string

func (t *typeFlag) String() string { return string(*t) }
func (t *typeFlag) Type() string   { return strings.Join(types, "|") }

// Set takes a type in the plural, as the API names it, or in the singular.
func (t *typeFlag) Set(text string) error {
	for _, name := range types {
		if strings.EqualFold(name, text) || strings.EqualFold(name, text+"s") {
			*t = typeFlag(name)
			return nil
		}
	}
	return fmt.Errorf("give one of %s", strings.Join(types, ", "))
}

// key names a store: stores of different types may bear the same name.
type key struct{ kind, name string }

// keys are all stores of a workspace.
func keys(ws *v1alpha1.Workspace) []key {
	var keys []key
	for _, database := range ws.Spec.Stores.Databases {
		keys = append(keys, key{databases, database.Name})
	}
	for _, kind := range types[1:] {
		for _, store := range *plain(ws, kind) {
			keys = append(keys, key{kind, store.Name})
		}
	}
	return keys
}

// plain are the stores of a type that has nothing but names and sizes.
func plain(ws *v1alpha1.Workspace, kind string) *[]v1alpha1.Store {
	switch kind {
	case vectors:
		return &ws.Spec.Stores.Vectors
	case caches:
		return &ws.Spec.Stores.Caches
	}
	return &ws.Spec.Stores.Documents
}

func names(ws *v1alpha1.Workspace) []string {
	var names []string
	for _, key := range keys(ws) {
		names = append(names, key.name)
	}
	return names
}

// find is the store of a name, and of a type where one is given. Without one the name must not be that of several.
func find(ws *v1alpha1.Workspace, kind typeFlag, name string) (key, error) {
	var found []key
	for _, key := range keys(ws) {
		if key.name == name && (kind == "" || string(kind) == key.kind) {
			found = append(found, key)
		}
	}
	switch len(found) {
	case 0:
		return key{}, none(ws, kind, name)
	case 1:
		return found[0], nil
	}
	var of []string
	for _, key := range found {
		of = append(of, key.kind)
	}
	err := util.Errorf(util.ExitUsage, "workspace %q has several stores %q: say which with --type %s", ws.Name, name, strings.Join(of, " or "))
	return key{}, err
}

// none names the stores that there are.
func none(ws *v1alpha1.Workspace, kind typeFlag, name string) error {
	what := "store"
	if kind != "" {
		what = "store of the type " + string(kind) + " called"
	}
	var known []string
	for _, key := range keys(ws) {
		known = append(known, key.name+" ("+key.kind+")")
	}
	if len(known) == 0 {
		return util.Errorf(util.ExitNotFound, "workspace %q has no %s %q: it has none", ws.Name, what, name)
	}
	slices.Sort(known)
	return util.Errorf(util.ExitNotFound, "workspace %q has no %s %q: it has %s", ws.Name, what, name, strings.Join(known, ", "))
}
