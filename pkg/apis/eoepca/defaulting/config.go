package defaulting

import (
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/sets"
)

// SessionMode says whether a new workspace declares a session.
type SessionMode string

const (
	// SessionModeOn declares the default session, started.
	SessionModeOn SessionMode = "on"
	// SessionModeAuto declares the default session, stopped until somebody launches it.
	SessionModeAuto SessionMode = "auto"
	// SessionModeOff declares no session.
	SessionModeOff SessionMode = "off"
)

// SessionModes are the accepted values.
var SessionModes = []SessionMode{SessionModeOn, SessionModeAuto, SessionModeOff}

// DefaultSession is the name of the session that a new workspace declares.
const DefaultSession = "default"

// Config is what the operator of the server decides for new workspaces.
type Config struct {
	// NamePrefix starts the name of every new workspace; validation checks it.
	NamePrefix string
	// Environment is the provider environment of new workspaces.
	Environment string
	// UseVCluster gives new workspaces a virtual cluster.
	UseVCluster bool
	// SessionMode says whether new workspaces declare a session.
	SessionMode SessionMode
	// MaxSessions is the number of sessions that a workspace may declare.
	MaxSessions int
	// DisableRegistry leaves new workspaces without a container registry.
	DisableRegistry bool
	// DisableStores refuses all stores.
	DisableStores bool
	// DisabledStoreTypes refuses stores of these types.
	DisabledStoreTypes sets.Set[string]
}

// StoreTypes are the types of stores, as they are called below spec.stores.
var StoreTypes = []string{"databases", "vectors", "caches", "documents"}

// storeTypeAliases are the words for store types that operators use, by type.
var storeTypeAliases = map[string][]string{
	"databases": {"database", "databases", "db", "postgres", "postgresql", "pg"},
	"vectors":   {"vector", "vectors", "vectorstore", "vectorstores", "qdrant"},
	"caches":    {"cache", "caches", "cachestore", "cachestores", "redis"},
	"documents": {"document", "documents", "documentstore", "documentstores", "mongo", "mongodb"},
}

// ParseStoreTypes reads a list of store types, separated by commas or semicolons, in which each type may be called by
// its own name or by that of its engine.
func ParseStoreTypes(list string) (sets.Set[string], error) {
	types := sets.New[string]()
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ';' }) {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		i := slices.IndexFunc(StoreTypes, func(storeType string) bool {
			return slices.Contains(storeTypeAliases[storeType], strings.ToLower(word))
		})
		if i < 0 {
			return nil, fmt.Errorf("%q is not a store type: use %s", word, strings.Join(StoreTypes, ", "))
		}
		types.Insert(StoreTypes[i])
	}
	return types, nil
}

// StoreTypeDisabled says whether the operator refuses stores of this type, and why.
func (c *Config) StoreTypeDisabled(storeType string) (disabled bool, reason string) {
	switch {
	case c.DisableStores:
		return true, "stores are disabled on this server"
	case c.DisabledStoreTypes.Has(storeType):
		return true, fmt.Sprintf("%s are disabled on this server", storeType)
	default:
		return false, ""
	}
}
