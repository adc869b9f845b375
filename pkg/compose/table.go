package compose

// Kind names a part.
type Kind string

const (
	// Storage is the part that a Workspace lives and dies with.
	Storage Kind = "Storage"
	// Datalab is the part that a Workspace may lack.
	Datalab Kind = "Datalab"
)

// Shape says how a field of the Workspace lies in its part.
type Shape int

const (
	// Value is one value in both.
	Value Shape = iota
	// Items is a list of items with keys in both.
	Items
	// Entries is a list of items with a key in the Workspace, and a map by that key in the part.
	Entries
	// First is a value in the Workspace, and the first element of a list in the part.
	First
	// Rest is a list of items with a key in the Workspace, and the list of their keys behind its first element in the part.
	Rest
	// Records is a list without keys in both, replaced as a whole.
	Records
)

// Field is a row of the table. Paths are dotted, below the enclosing item if there is one.
type Field struct {
	// Kind is the part; the fields of an item leave it out.
	Kind Kind
	// Workspace is the path in the Workspace as it is served.
	Workspace string
	// Part is the path in the part. It is empty where the map's key, or the list's element, is the value.
	Part  string
	Shape Shape
	// Keys are the Workspace's names of the fields that identify an item.
	Keys []string
	// Enum translates the Workspace's values into the part's; others pass as they are.
	Enum map[string]string
	// Required lists are written even if they are empty.
	Required bool
	// Fields are those of an item.
	Fields []Field
}

var (
	roles  = map[string]string{"Admin": "admin", "User": "user"}
	states = map[string]string{"Started": "started", "Stopped": "stopped"}
	rolls  = map[string]string{
		"None": "none", "Daily": "daily", "Weekly": "weekly", "Monthly": "monthly", "Quarterly": "quarterly", "Yearly": "yearly",
	}
)

// Table is the one place that says which field of a Workspace is which field of a part. Splitting and the translation of
// errors read it; composing is typed code, for speed, and a test holds it against the table.
var Table = []Field{
	{Kind: Storage, Workspace: "spec.storage.principal", Part: "spec.principal"},
	{Kind: Storage, Workspace: "spec.storage.credentialsRollover.interval", Part: "spec.credentialsRollover.interval", Enum: rolls},
	{Kind: Storage, Workspace: "spec.storage.credentialsRollover.maxToKeep", Part: "spec.credentialsRollover.maxToKeep"},
	{Kind: Storage, Workspace: "spec.storage.buckets", Part: "spec.buckets", Shape: Items, Keys: []string{"name"}, Required: true, Fields: []Field{
		{Workspace: "name", Part: "bucketName"},
		{Workspace: "discoverable", Part: "discoverable"},
		{Workspace: "lifecycleRules", Part: "lifecycleRules", Shape: Items, Keys: []string{"target"}, Fields: []Field{
			{Workspace: "target", Part: "target"},
			{Workspace: "mode", Part: "mode"},
			{Workspace: "minAge", Part: "minAge"},
			{Workspace: "at", Part: "at"},
		}},
	}},
	{Kind: Storage, Workspace: "spec.storage.accessRequests", Part: "spec.bucketAccessRequests", Shape: Items, Keys: []string{"bucket"}, Fields: []Field{
		{Workspace: "bucket", Part: "bucketName"},
		{Workspace: "reason", Part: "reason"},
		{Workspace: "requestedAt", Part: "requestedAt"},
	}},
	{Kind: Storage, Workspace: "spec.storage.accessGrants", Part: "spec.bucketAccessGrants", Shape: Items, Keys: []string{"bucket", "grantee"}, Fields: []Field{
		{Workspace: "bucket", Part: "bucketName"},
		{Workspace: "grantee", Part: "grantee"},
		{Workspace: "permission", Part: "permission"},
		{Workspace: "grantedAt", Part: "grantedAt"},
	}},

	{Kind: Datalab, Workspace: "spec.owner", Part: "spec.users", Shape: First},
	{Kind: Datalab, Workspace: "spec.members", Part: "spec.users", Shape: Rest, Keys: []string{"name"}, Fields: []Field{
		{Workspace: "name"},
	}},
	{Kind: Datalab, Workspace: "spec.members", Part: "spec.userOverrides", Shape: Entries, Keys: []string{"name"}, Fields: []Field{
		{Workspace: "name"},
		{Workspace: "role", Part: "role", Enum: roles},
		{Workspace: "grantedAt", Part: "grantedAt"},
	}},
	{Kind: Datalab, Workspace: "spec.sessions", Part: "spec.sessions", Shape: Items, Keys: []string{"name"}, Fields: []Field{
		{Workspace: "name", Part: "name"},
		{Workspace: "state", Part: "state", Enum: states},
	}},
	{Kind: Datalab, Workspace: "spec.stores.databases", Part: "spec.databases", Shape: Entries, Keys: []string{"name"}, Fields: []Field{
		{Workspace: "name"},
		{Workspace: "databases", Part: "names"},
		{Workspace: "storage", Part: "storage"},
		{Workspace: "backupStorage", Part: "backupStorage"},
	}},
	{Kind: Datalab, Workspace: "spec.stores.vectors", Part: "spec.vectorStores", Shape: Entries, Keys: []string{"name"}, Fields: store},
	{Kind: Datalab, Workspace: "spec.stores.caches", Part: "spec.cacheStores", Shape: Entries, Keys: []string{"name"}, Fields: store},
	{Kind: Datalab, Workspace: "spec.stores.documents", Part: "spec.documentStores", Shape: Entries, Keys: []string{"name"}, Fields: store},

	{Kind: Datalab, Workspace: "spec.runtime.secretName", Part: "spec.secretName"},
	{Kind: Datalab, Workspace: "spec.runtime.vcluster", Part: "spec.vcluster"},
	{Kind: Datalab, Workspace: "spec.runtime.data.enabled", Part: "spec.data.enabled"},
	{Kind: Datalab, Workspace: "spec.runtime.data.readOnlyMount", Part: "spec.data.readOnlyMount"},
	{Kind: Datalab, Workspace: "spec.runtime.registry.enabled", Part: "spec.registry.enabled"},
	{Kind: Datalab, Workspace: "spec.runtime.registry.storage", Part: "spec.registry.storage"},
	{Kind: Datalab, Workspace: "spec.runtime.persistence.storageClassName", Part: "spec.persistence.storageClassName"},
	{Kind: Datalab, Workspace: "spec.runtime.quota.memory", Part: "spec.quota.memory"},
	{Kind: Datalab, Workspace: "spec.runtime.quota.storage", Part: "spec.quota.storage"},
	{Kind: Datalab, Workspace: "spec.runtime.quota.budget", Part: "spec.quota.budget"},
	{Kind: Datalab, Workspace: "spec.runtime.security.policy", Part: "spec.security.policy"},
	{Kind: Datalab, Workspace: "spec.runtime.security.kubernetesAccess", Part: "spec.security.kubernetesAccess"},
	{Kind: Datalab, Workspace: "spec.runtime.security.kubernetesRole", Part: "spec.security.kubernetesRole"},
	{Kind: Datalab, Workspace: "spec.runtime.security.externalEgress", Part: "spec.security.externalEgress"},
	{Kind: Datalab, Workspace: "spec.runtime.files", Part: "spec.files", Shape: Records},
}

var store = []Field{
	{Workspace: "name"},
	{Workspace: "storage", Part: "storage"},
}
