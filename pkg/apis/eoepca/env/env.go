// Package env holds the names of the environment variables by which sessions, and the Secrets that providers write for
// them, know the stores of a workspace. Names only: no values, and functions from values to values.
package env

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Store is a declared store of any type.
type Store struct {
	// Type is databases, vectors, caches or documents.
	Type string
	// Index of the store among those of its type.
	Index int
	// Name of the store.
	Name string
	// Databases are the names of the databases on the host; none for the other types.
	Databases []string
}

// Variable is a variable of a store.
type Variable struct {
	// Key is the name of the variable, such as POSTGRES_PG0_HOST.
	Key string
	// Name is what it is to the store, such as HOST.
	Name string
	// Database that it is about, as its index among those of the host; -1 for a variable of the store itself.
	Database int
}

// known are the variables of each type: what their keys begin with, and their names.
var known = map[string]struct {
	prefix string
	names  []string
}{
	"databases": {"POSTGRES", []string{"HOST", "PORT", "USER", "PASSWORD", "DATABASES", "HOST_EXTERNAL"}},
	"vectors":   {"QDRANT", []string{"HOST", "PORT", "GRPC_PORT", "URL", "API_KEY", "READ_API_KEY"}},
	"caches":    {"REDIS", []string{"HOST", "PORT", "USER", "DATABASE", "PASSWORD", "URL"}},
	"documents": {"MONGO", []string{"HOST", "PORT", "DATABASE", "AUTH_SOURCE", "USER", "PASSWORD", "URI"}},
}

// ofDatabase are the variables of each database of a host.
var ofDatabase = []string{"URL", "URL_EXTERNAL"}

// Stores are all stores of a workspace, in the order in which it declares them.
func Stores(stores *eoepca.Stores) []Store {
	var all []Store
	for i, host := range stores.Databases {
		all = append(all, Store{Type: "databases", Index: i, Name: host.Name, Databases: host.Databases})
	}
	for _, plain := range []struct {
		storeType string
		stores    []eoepca.Store
	}{{"vectors", stores.Vectors}, {"caches", stores.Caches}, {"documents", stores.Documents}} {
		for i, store := range plain.stores {
			all = append(all, Store{Type: plain.storeType, Index: i, Name: store.Name})
		}
	}
	return all
}

// Variables are those that a provider may write for the store.
func (s Store) Variables() []Variable {
	prefix := known[s.Type].prefix + "_" + segment(s.Name) + "_"
	all := make([]Variable, 0, len(known[s.Type].names)+len(ofDatabase)*len(s.Databases))
	for _, name := range known[s.Type].names {
		all = append(all, Variable{Key: prefix + name, Name: name, Database: -1})
	}
	for i, database := range s.Databases {
		for _, name := range ofDatabase {
			name = segment(database) + "_" + name
			all = append(all, Variable{Key: prefix + name, Name: name, Database: i})
		}
	}
	return all
}

// Shared are the keys that more than one of the stores has: whose value such a variable holds, nobody can tell.
func Shared(stores []Store) sets.Set[string] {
	seen, shared := sets.Set[string]{}, sets.Set[string]{}
	for _, store := range stores {
		for _, variable := range store.Variables() {
			if seen.Has(variable.Key) {
				shared.Insert(variable.Key)
			}
			seen.Insert(variable.Key)
		}
	}
	return shared
}

var otherCharacters = regexp.MustCompile(`[^A-Z0-9]+`)

// segment is a name as it stands in keys: upper-cased, with every run of other characters turned to "_".
func segment(name string) string {
	return otherCharacters.ReplaceAllString(strings.ToUpper(name), "_")
}
