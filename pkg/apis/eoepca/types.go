package eoepca

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// Workspace is what a team works in: members and roles, buckets shared by request and grant, databases and other
// stores, and interactive sessions. It is composed of one Storage and, where the cluster has the kind, one Datalab of
// the same namespace and name; it exists exactly as long as its Storage does.
type Workspace struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Spec is what the team wants.
	Spec WorkspaceSpec
	// Status is what the providers have made of it. Read-only.
	Status WorkspaceStatus
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceList is a list of workspaces.
type WorkspaceList struct {
	metav1.TypeMeta
	// Standard list metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
	metav1.ListMeta

	// Items are the workspaces.
	Items []Workspace
}

// WorkspaceSpec is the desired state of a workspace.
type WorkspaceSpec struct {
	// Environment selects the provider environment that serves the workspace. Defaults to the environment that the
	// server is configured with. Immutable.
	Environment string
	// Owner is the user who owns the workspace. Defaults to the user who creates it.
	Owner string
	// Members are the users, other than the owner, who work in the workspace.
	Members []Member
	// Storage is the object storage of the workspace: its buckets, and who shares them.
	Storage StorageSpec
	// Sessions are the interactive sessions that the workspace declares.
	Sessions []Session
	// Stores are the databases and other stores of the workspace.
	Stores Stores
	// Runtime configures the environment that sessions run in.
	Runtime Runtime
}

// MemberRole is what a member may do.
type MemberRole string

const (
	// MemberRoleAdmin manages members, buckets, grants, stores and sessions.
	MemberRoleAdmin MemberRole = "Admin"
	// MemberRoleUser works in the workspace.
	MemberRoleUser MemberRole = "User"
)

// Member is a user of the workspace.
type Member struct {
	// Name is the user's name.
	Name string
	// Role is what the member may do. Defaults to User.
	Role MemberRole
	// GrantedAt is when the membership was granted. Set by the server when left out; does not change afterwards.
	GrantedAt *metav1.Time
}

// StorageSpec describes the buckets of a workspace and how they are shared.
type StorageSpec struct {
	// Principal is the identity that owns the buckets, and the name of the Secret that holds its keys. Defaults to the
	// workspace's name. Immutable.
	Principal string
	// CredentialsRollover is how often the keys are replaced.
	CredentialsRollover *CredentialsRollover
	// Buckets are the buckets that the workspace owns. Defaults to one discoverable bucket named as the workspace.
	Buckets []Bucket
	// AccessRequests ask the owners of other workspaces' buckets for access.
	AccessRequests []AccessRequest
	// AccessGrants answer the requests of others for buckets of this workspace.
	AccessGrants []AccessGrant
}

// RolloverInterval is how often credentials are replaced.
type RolloverInterval string

const (
	// RolloverNone keeps the keys.
	RolloverNone RolloverInterval = "None"
	// RolloverDaily replaces the keys each day.
	RolloverDaily RolloverInterval = "Daily"
	// RolloverWeekly replaces the keys each week.
	RolloverWeekly RolloverInterval = "Weekly"
	// RolloverMonthly replaces the keys each month.
	RolloverMonthly RolloverInterval = "Monthly"
	// RolloverQuarterly replaces the keys each quarter of a year.
	RolloverQuarterly RolloverInterval = "Quarterly"
	// RolloverYearly replaces the keys each year.
	RolloverYearly RolloverInterval = "Yearly"
)

// CredentialsRollover is the plan by which the keys of the principal are replaced.
type CredentialsRollover struct {
	// Interval is how often the keys are replaced.
	Interval RolloverInterval
	// MaxToKeep is the number of keys that stay valid, 1 to 10.
	MaxToKeep int32
}

// Bucket is an S3 bucket of the workspace.
type Bucket struct {
	// Name is the bucket's name, unique in the cluster. A new bucket's name starts with the workspace's.
	Name string
	// Discoverable lets other workspaces see the bucket and ask for access.
	Discoverable *bool
	// LifecycleRules say what happens to objects as they age.
	LifecycleRules []LifecycleRule
}

// LifecycleMode is what a lifecycle rule does.
type LifecycleMode string

const (
	// LifecycleDelete removes the objects.
	LifecycleDelete LifecycleMode = "Delete"
	// LifecycleNotify tells the workspace's users, and keeps the objects.
	LifecycleNotify LifecycleMode = "Notify"
)

// LifecycleRule acts on the objects of a bucket when they reach an age or a date. Exactly one of minAge and at is set.
type LifecycleRule struct {
	// Target is "*" or a key prefix, which may end in "*".
	Target string
	// Mode is what the rule does.
	Mode LifecycleMode
	// MinAge is a number followed by s, m, h, d or w, such as 2w.
	MinAge string
	// At is the time from which the rule acts.
	At *metav1.Time
}

// AccessRequest asks for access to a bucket of another workspace.
type AccessRequest struct {
	// Bucket is the name of the bucket.
	Bucket string
	// Reason tells the bucket's owner why.
	Reason string
	// RequestedAt is when access was asked for. Set by the server when left out; does not change afterwards.
	RequestedAt *metav1.Time
}

// Permission is what a grant allows.
type Permission string

const (
	// PermissionReadWrite allows everything.
	PermissionReadWrite Permission = "ReadWrite"
	// PermissionReadOnly allows listing and reading.
	PermissionReadOnly Permission = "ReadOnly"
	// PermissionWriteOnly allows writing, which includes listing and deleting.
	PermissionWriteOnly Permission = "WriteOnly"
	// PermissionNone denies the request.
	PermissionNone Permission = "None"
)

// AccessGrant answers the request of another workspace for a bucket of this one.
type AccessGrant struct {
	// Bucket is the name of a bucket of this workspace.
	Bucket string
	// Grantee is the principal that the grant is for.
	Grantee string
	// Permission is what the grantee may do.
	Permission Permission
	// GrantedAt is when the grant was made. Set by the server when left out; does not change afterwards.
	GrantedAt *metav1.Time
}

// SessionState is the desired or observed state of a session.
type SessionState string

const (
	// SessionStarted runs.
	SessionStarted SessionState = "Started"
	// SessionStopped keeps the session's volume and runs nothing.
	SessionStopped SessionState = "Stopped"
)

// Session is an interactive session that the workspace declares.
type Session struct {
	// Name is the session's name.
	Name string
	// State is what the session shall be. Defaults to Started.
	State SessionState
}

// Stores are the databases and other stores of a workspace, by type.
type Stores struct {
	// Databases are PostgreSQL hosts.
	Databases []Database
	// Vectors are vector stores.
	Vectors []Store
	// Caches are key-value caches.
	Caches []Store
	// Documents are document stores.
	Documents []Store
}

// Database is a PostgreSQL host with its databases.
type Database struct {
	// Name is the host's name, such as pg0.
	Name string
	// Databases are the names of the databases on the host; at least one.
	Databases []string
	// Storage is the size of the data volume, a quantity such as 1Gi. Defaults to 1Gi.
	Storage string
	// BackupStorage is the size of the backup volume, a quantity such as 10Gi. Defaults to 10Gi.
	BackupStorage string
}

// Store is a store that needs nothing but a name and a size.
type Store struct {
	// Name is the store's name.
	Name string
	// Storage is the size of the data volume, a quantity such as 1Gi. Defaults to 10Gi for a document store, to 1Gi for
	// any other.
	Storage string
}

// Runtime configures the environment that sessions run in.
type Runtime struct {
	// SecretName names the Secret with the S3 keys that sessions use. Defaults to the workspace's name.
	SecretName string
	// VCluster gives the workspace a virtual cluster of its own.
	VCluster *bool
	// Data configures the mount of the buckets.
	Data *DataMount
	// Registry configures the workspace's container registry.
	Registry *Registry
	// Persistence configures the volumes of sessions.
	Persistence *Persistence
	// Quota limits what the workspace's sessions use.
	Quota *Quota
	// Security restricts what sessions may do.
	Security *Security
	// Files are fetched into each session.
	Files []File
}

// DataMount configures the mount of the buckets in sessions.
type DataMount struct {
	// Enabled mounts the buckets.
	Enabled *bool
	// ReadOnlyMount mounts them read-only.
	ReadOnlyMount *bool
}

// Registry configures the workspace's container registry.
type Registry struct {
	// Enabled runs a registry.
	Enabled *bool
	// Storage is the size of the registry's volume, a quantity such as 5Gi.
	Storage string
}

// Persistence configures the volumes of sessions.
type Persistence struct {
	// StorageClassName names the storage class.
	StorageClassName string
}

// Budget is a named size of compute resources.
type Budget string

const (
	// BudgetSmall is the smallest.
	BudgetSmall   Budget = "small"
	BudgetMedium  Budget = "medium"
	BudgetLarge   Budget = "large"
	BudgetXLarge  Budget = "x-large"
	BudgetXXLarge Budget = "xx-large"
	// Budget3XLarge is the largest.
	Budget3XLarge Budget = "xxx-large"
)

// Quota limits what the workspace's sessions use.
type Quota struct {
	// Memory of a session, a quantity such as 2Gi.
	Memory string
	// Storage of a session's volume, a quantity such as 1Gi.
	Storage string
	// Budget is a named size of compute resources.
	Budget Budget
}

// SecurityPolicy is the pod security level of sessions.
type SecurityPolicy string

const (
	// SecurityRestricted follows the hardening practices for pods.
	SecurityRestricted SecurityPolicy = "restricted"
	// SecurityBaseline prevents known privilege escalations.
	SecurityBaseline SecurityPolicy = "baseline"
	// SecurityPrivileged restricts nothing.
	SecurityPrivileged SecurityPolicy = "privileged"
)

// KubernetesRole is the role that sessions have in their namespace.
type KubernetesRole string

const (
	// KubernetesRoleAdmin may do everything in the namespace, and manage its roles.
	KubernetesRoleAdmin KubernetesRole = "admin"
	// KubernetesRoleEdit may change most objects of the namespace.
	KubernetesRoleEdit KubernetesRole = "edit"
	// KubernetesRoleView may read most objects of the namespace.
	KubernetesRoleView KubernetesRole = "view"
)

// Security restricts what sessions may do.
type Security struct {
	// Policy is the pod security level of sessions.
	Policy SecurityPolicy
	// KubernetesAccess gives sessions access to the Kubernetes API.
	KubernetesAccess *bool
	// KubernetesRole is the role that sessions have in their namespace.
	KubernetesRole KubernetesRole
	// ExternalEgress lets sessions reach the internet.
	ExternalEgress *bool
}

// File is content fetched into each session from an image, a Git repository or a URL.
type File struct {
	// Path is the folder that the content goes to, relative to the session's home. Defaults to ".".
	Path string
	// IncludePaths are the patterns of what is taken.
	IncludePaths []string
	// ExcludePaths are the patterns of what is left out.
	ExcludePaths []string
	// NewRootPath is the folder of the content that becomes its root.
	NewRootPath string
	// Image fetches the content of a container image.
	Image *ImageSource
	// Git fetches a Git repository.
	Git *GitSource
	// HTTP fetches a URL.
	HTTP *HTTPSource
}

// SecretReference names a Secret.
type SecretReference struct {
	// Name of the Secret.
	Name string
	// Namespace of the Secret.
	Namespace string
}

// VersionSelection selects a tag or ref by semantic version.
type VersionSelection struct {
	// Semver selects the highest version that matches.
	Semver *Semver
}

// Semver selects by semantic version.
type Semver struct {
	// Constraints is a version range, such as ">=1.2.0 <2".
	Constraints string
	// Prereleases are considered when they carry one of these identifiers.
	Prereleases *Prereleases
}

// Prereleases selects pre-release versions.
type Prereleases struct {
	// Identifiers, such as rc or beta.
	Identifiers []string
}

// ImageSource fetches the content of a container image.
type ImageSource struct {
	// URL of the image.
	URL string
	// SecretRef names the Secret with the registry's credentials.
	SecretRef *SecretReference
	// DangerousSkipTLSVerify accepts any certificate of the registry.
	DangerousSkipTLSVerify *bool
	// TagSelection selects the image's tag.
	TagSelection *VersionSelection
}

// GitSource fetches a Git repository.
type GitSource struct {
	// URL of the repository.
	URL string
	// Ref is a branch, tag or commit.
	Ref string
	// RefSelection selects the ref by version.
	RefSelection *VersionSelection
	// LFSSkipSmudge leaves large files as pointers.
	LFSSkipSmudge *bool
	// Verification checks signatures.
	Verification *GitVerification
	// SecretRef names the Secret with the repository's credentials.
	SecretRef *SecretReference
}

// GitVerification checks the signatures of a Git repository.
type GitVerification struct {
	// PublicKeysSecretRef names the Secret with the trusted keys.
	PublicKeysSecretRef *SecretReference
}

// HTTPSource fetches a URL.
type HTTPSource struct {
	// URL of the content.
	URL string
	// SHA256 is the content's checksum, in hexadecimal.
	SHA256 string
	// SecretRef names the Secret with the credentials.
	SecretRef *SecretReference
}

const (
	// ConditionReady summarises the conditions of the parts. Tools that follow kstatus look at this one.
	ConditionReady = "Ready"
	// ConditionStorageReady is derived from the Storage's Synced and Ready.
	ConditionStorageReady = "StorageReady"
	// ConditionDatalabReady is derived from the Datalab's Synced and Ready. Absent where the cluster has no Datalabs.
	ConditionDatalabReady = "DatalabReady"
)

// WorkspaceStatus is the observed state of a workspace.
type WorkspaceStatus struct {
	// ObservedGeneration is the generation that the providers have seen.
	ObservedGeneration int64
	// Conditions are Ready, StorageReady and DatalabReady.
	Conditions []metav1.Condition
	// Sessions are the states of the sessions.
	Sessions []SessionStatus
	// Parts are the resources that the workspace is composed of.
	Parts []Part
}

// SessionStatus is the observed state of a session.
type SessionStatus struct {
	// Name of the session.
	Name string
	// State is what the session is.
	State SessionState
	// Phase is the provider's word for how far the session has come; Running when it can be used.
	Phase string
	// URL of the session while it is running.
	URL string
	// Message explains the phase.
	Message string
}

// Part is a resource that the workspace is composed of.
type Part struct {
	// Kind is Storage or Datalab.
	Kind string
	// APIVersion of the part.
	APIVersion string
	// Name of the part, the same as the workspace's.
	Name string
	// UID of the part; empty when it is missing.
	UID types.UID
	// ResourceVersion of the part; empty when it is missing.
	ResourceVersion string
	// Message says why a part is missing or cannot be read in full.
	Message string
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceLaunch starts a declared session: created on the launch subresource of a workspace.
type WorkspaceLaunch struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Spec names the session.
	Spec WorkspaceLaunchSpec
	// Status is the session's state right after the request.
	Status SessionStatus
}

// WorkspaceLaunchSpec names the session to start.
type WorkspaceLaunchSpec struct {
	// Session is the name of a declared session.
	Session string
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceCredentials holds the keys of a workspace, read live and never stored: the credentials subresource.
type WorkspaceCredentials struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Storage holds the S3 keys. Absent until the provider has made them.
	Storage *S3Credentials
	// Stores hold the connection values of each store.
	Stores []StoreCredentials
	// Registry holds the keys of the container registry.
	Registry *RegistryCredentials
	// Env is everything as the environment variables that a session has.
	Env map[string]string
}

// S3Credentials are the keys of the workspace's principal on the S3 server.
type S3Credentials struct {
	// Bucket is the workspace's first bucket.
	Bucket string
	// AccessKeyID is the access key.
	AccessKeyID string
	// SecretAccessKey is the secret key.
	SecretAccessKey string
	// Endpoint is the URL of the S3 server.
	Endpoint string
	// Region of the S3 server.
	Region string
	// ForcePathStyle asks clients for path-style addresses.
	ForcePathStyle bool
}

// StoreCredentials are the connection values of a store.
type StoreCredentials struct {
	// Type is databases, vectors, caches or documents.
	Type string
	// Name of the store.
	Name string
	// Values by name, as in the environment without the store's prefix: HOST, PORT, USER, PASSWORD, URL and so on.
	Values map[string]string
}

// RegistryCredentials are the keys of the container registry.
type RegistryCredentials struct {
	// Username for the registry.
	Username string
	// Password for the registry.
	Password string
}
