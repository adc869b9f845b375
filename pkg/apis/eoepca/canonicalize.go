package eoepca

import (
	"cmp"
	"slices"
)

// Canonicalize sorts the stores of each type by name: the Datalab holds them in maps, so an order could not be kept.
func Canonicalize(ws *Workspace) {
	stores := &ws.Spec.Stores
	slices.SortStableFunc(stores.Databases, func(a, b Database) int { return cmp.Compare(a.Name, b.Name) })
	for _, list := range [][]Store{stores.Vectors, stores.Caches, stores.Documents} {
		slices.SortStableFunc(list, func(a, b Store) int { return cmp.Compare(a.Name, b.Name) })
	}
}
