package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// +genclient
// +genclient:noStatus
// +genclient:method=CreateLaunch,verb=create,subresource=launch,input=WorkspaceLaunch,result=WorkspaceLaunch
// +genclient:method=GetCredentials,verb=get,subresource=credentials,result=WorkspaceCredentials
// +genclient:method=CreateToken,verb=create,subresource=token,input=WorkspaceToken,result=WorkspaceToken
// +genclient:method=GetUsage,verb=get,subresource=usage,result=WorkspaceUsage
// +genclient:method=GetKubeconfig,verb=get,subresource=kubeconfig,result=WorkspaceKubeconfig
// +genclient:method=GetSharing,verb=get,subresource=sharing,result=WorkspaceSharing
// +genclient:method=UpdateMembers,verb=update,subresource=members,input=Workspace,result=Workspace
// +genclient:method=ApplyMembers,verb=apply,subresource=members,input=Workspace,result=Workspace
// +genclient:method=UpdateBuckets,verb=update,subresource=buckets,input=Workspace,result=Workspace
// +genclient:method=ApplyBuckets,verb=apply,subresource=buckets,input=Workspace,result=Workspace
// +genclient:method=UpdateAccess,verb=update,subresource=access,input=Workspace,result=Workspace
// +genclient:method=ApplyAccess,verb=apply,subresource=access,input=Workspace,result=Workspace
// +genclient:method=UpdateStores,verb=update,subresource=stores,input=Workspace,result=Workspace
// +genclient:method=ApplyStores,verb=apply,subresource=stores,input=Workspace,result=Workspace
// +genclient:method=UpdateSessions,verb=update,subresource=sessions,input=Workspace,result=Workspace
// +genclient:method=ApplySessions,verb=apply,subresource=sessions,input=Workspace,result=Workspace
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// Workspace is what a team works in: members and roles, buckets shared by request and grant, databases and other
// stores, and interactive sessions. It is composed of one Storage and, where the cluster has the kind, one Datalab of
// the same namespace and name; it exists exactly as long as its Storage does.
type Workspace struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Spec is what the team wants.
	// +optional
	Spec WorkspaceSpec `json:"spec,omitempty,omitzero"`
	// Status is what the providers have made of it. Read-only.
	// +optional
	Status WorkspaceStatus `json:"status,omitempty,omitzero"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceList is a list of workspaces.
type WorkspaceList struct {
	metav1.TypeMeta `json:",inline"`
	// Standard list metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`

	// Items are the workspaces.
	Items []Workspace `json:"items"`
}

// WorkspaceSpec is the desired state of a workspace.
type WorkspaceSpec struct {
	// Environment selects the provider environment that serves the workspace. Defaults to the environment that the
	// server is configured with. Immutable.
	// +optional
	Environment string `json:"environment,omitempty"`
	// Owner is the user who owns the workspace. Defaults to the user who creates it.
	// +optional
	Owner string `json:"owner,omitempty"`
	// Members are the users, other than the owner, who work in the workspace.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Members []Member `json:"members,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Storage is the object storage of the workspace: its buckets, and who shares them.
	// +optional
	Storage StorageSpec `json:"storage,omitempty,omitzero"`
	// Sessions are the interactive sessions that the workspace declares.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Sessions []Session `json:"sessions,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Stores are the databases and other stores of the workspace.
	// +optional
	Stores Stores `json:"stores,omitempty,omitzero"`
	// Runtime configures the environment that sessions run in.
	// +optional
	Runtime Runtime `json:"runtime,omitempty,omitzero"`
}

// MemberRole is what a member may do.
// +enum
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
	Name string `json:"name"`
	// Role is what the member may do. Defaults to User.
	// +optional
	// +default="User"
	Role MemberRole `json:"role,omitempty"`
	// GrantedAt is when the membership was granted. Set by the server when left out; does not change afterwards.
	// +optional
	GrantedAt *metav1.Time `json:"grantedAt,omitempty"`
}

// StorageSpec describes the buckets of a workspace and how they are shared.
type StorageSpec struct {
	// Principal is the identity that owns the buckets, and the name of the Secret that holds its keys. Defaults to the
	// workspace's name. Immutable.
	// +optional
	Principal string `json:"principal,omitempty"`
	// CredentialsRollover is how often the keys are replaced.
	// +optional
	CredentialsRollover *CredentialsRollover `json:"credentialsRollover,omitempty"`
	// Buckets are the buckets that the workspace owns. Defaults to one discoverable bucket named as the workspace.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Buckets []Bucket `json:"buckets,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// AccessRequests ask the owners of other workspaces' buckets for access.
	// +optional
	// +patchMergeKey=bucket
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=bucket
	AccessRequests []AccessRequest `json:"accessRequests,omitempty" patchStrategy:"merge" patchMergeKey:"bucket"`
	// AccessGrants answer the requests of others for buckets of this workspace.
	// +optional
	// +listType=map
	// +listMapKey=bucket
	// +listMapKey=grantee
	AccessGrants []AccessGrant `json:"accessGrants,omitempty"`
}

// RolloverInterval is how often credentials are replaced.
// +enum
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
	Interval RolloverInterval `json:"interval"`
	// MaxToKeep is the number of keys that stay valid, 1 to 10.
	// +optional
	// +default=1
	MaxToKeep int32 `json:"maxToKeep,omitempty"`
}

// Bucket is an S3 bucket of the workspace.
type Bucket struct {
	// Name is the bucket's name, unique in the cluster. A new bucket's name starts with the workspace's.
	Name string `json:"name"`
	// Discoverable lets other workspaces see the bucket and ask for access.
	// +optional
	// +default=false
	Discoverable *bool `json:"discoverable,omitempty"`
	// LifecycleRules say what happens to objects as they age.
	// +optional
	// +patchMergeKey=target
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=target
	LifecycleRules []LifecycleRule `json:"lifecycleRules,omitempty" patchStrategy:"merge" patchMergeKey:"target"`
}

// LifecycleMode is what a lifecycle rule does.
// +enum
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
	Target string `json:"target"`
	// Mode is what the rule does.
	Mode LifecycleMode `json:"mode"`
	// MinAge is a number followed by s, m, h, d or w, such as 2w.
	// +optional
	MinAge string `json:"minAge,omitempty"`
	// At is the time from which the rule acts.
	// +optional
	At *metav1.Time `json:"at,omitempty"`
}

// AccessRequest asks for access to a bucket of another workspace.
type AccessRequest struct {
	// Bucket is the name of the bucket.
	Bucket string `json:"bucket"`
	// Reason tells the bucket's owner why.
	// +optional
	Reason string `json:"reason,omitempty"`
	// RequestedAt is when access was asked for. Set by the server when left out; does not change afterwards.
	// +optional
	RequestedAt *metav1.Time `json:"requestedAt,omitempty"`
}

// Permission is what a grant allows.
// +enum
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
	Bucket string `json:"bucket"`
	// Grantee is the principal that the grant is for.
	Grantee string `json:"grantee"`
	// Permission is what the grantee may do.
	Permission Permission `json:"permission"`
	// GrantedAt is when the grant was made. Set by the server when left out; does not change afterwards.
	// +optional
	GrantedAt *metav1.Time `json:"grantedAt,omitempty"`
}

// SessionState is the desired or observed state of a session.
// +enum
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
	Name string `json:"name"`
	// State is what the session shall be. Defaults to Started.
	// +optional
	// +default="Started"
	State SessionState `json:"state,omitempty"`
}

// Stores are the databases and other stores of a workspace, by type.
type Stores struct {
	// Databases are PostgreSQL hosts.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Databases []Database `json:"databases,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Vectors are vector stores.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Vectors []Store `json:"vectors,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Caches are key-value caches.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Caches []Store `json:"caches,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Documents are document stores.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Documents []Store `json:"documents,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
}

// Database is a PostgreSQL host with its databases.
type Database struct {
	// Name is the host's name, such as pg0.
	Name string `json:"name"`
	// Databases are the names of the databases on the host; at least one.
	// +listType=atomic
	Databases []string `json:"databases"`
	// Storage is the size of the data volume, a quantity such as 1Gi. Defaults to 1Gi.
	// +optional
	// +default="1Gi"
	Storage string `json:"storage,omitempty"`
	// BackupStorage is the size of the backup volume, a quantity such as 10Gi. Defaults to 10Gi.
	// +optional
	// +default="10Gi"
	BackupStorage string `json:"backupStorage,omitempty"`
}

// Store is a store that needs nothing but a name and a size.
type Store struct {
	// Name is the store's name.
	Name string `json:"name"`
	// Storage is the size of the data volume, a quantity such as 1Gi. Defaults to 10Gi for a document store, to 1Gi for
	// any other.
	// +optional
	Storage string `json:"storage,omitempty"`
}

// Runtime configures the environment that sessions run in.
type Runtime struct {
	// SecretName names the Secret with the S3 keys that sessions use. Defaults to the workspace's name.
	// +optional
	SecretName string `json:"secretName,omitempty"`
	// VCluster gives the workspace a virtual cluster of its own.
	// +optional
	VCluster *bool `json:"vcluster,omitempty"`
	// Data configures the mount of the buckets.
	// +optional
	Data *DataMount `json:"data,omitempty"`
	// Registry configures the workspace's container registry.
	// +optional
	Registry *Registry `json:"registry,omitempty"`
	// Persistence configures the volumes of sessions.
	// +optional
	Persistence *Persistence `json:"persistence,omitempty"`
	// Quota limits what the workspace's sessions use.
	// +optional
	Quota *Quota `json:"quota,omitempty"`
	// Security restricts what sessions may do.
	// +optional
	Security *Security `json:"security,omitempty"`
	// Files are fetched into each session.
	// +optional
	// +listType=atomic
	Files []File `json:"files,omitempty"`
}

// DataMount configures the mount of the buckets in sessions.
type DataMount struct {
	// Enabled mounts the buckets.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// ReadOnlyMount mounts them read-only.
	// +optional
	ReadOnlyMount *bool `json:"readOnlyMount,omitempty"`
}

// Registry configures the workspace's container registry.
type Registry struct {
	// Enabled runs a registry.
	// +optional
	Enabled *bool `json:"enabled,omitempty"`
	// Storage is the size of the registry's volume, a quantity such as 5Gi.
	// +optional
	Storage string `json:"storage,omitempty"`
}

// Persistence configures the volumes of sessions.
type Persistence struct {
	// StorageClassName names the storage class.
	// +optional
	StorageClassName string `json:"storageClassName,omitempty"`
}

// Budget is a named size of compute resources.
// +enum
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
	// +optional
	Memory string `json:"memory,omitempty"`
	// Storage of a session's volume, a quantity such as 1Gi.
	// +optional
	Storage string `json:"storage,omitempty"`
	// Budget is a named size of compute resources.
	// +optional
	Budget Budget `json:"budget,omitempty"`
}

// SecurityPolicy is the pod security level of sessions.
// +enum
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
// +enum
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
	// +optional
	Policy SecurityPolicy `json:"policy,omitempty"`
	// KubernetesAccess gives sessions access to the Kubernetes API.
	// +optional
	KubernetesAccess *bool `json:"kubernetesAccess,omitempty"`
	// KubernetesRole is the role that sessions have in their namespace.
	// +optional
	KubernetesRole KubernetesRole `json:"kubernetesRole,omitempty"`
	// ExternalEgress lets sessions reach the internet.
	// +optional
	ExternalEgress *bool `json:"externalEgress,omitempty"`
}

// File is content fetched into each session from an image, a Git repository or a URL.
type File struct {
	// Path is the folder that the content goes to, relative to the session's home. Defaults to ".".
	// +optional
	// +default="."
	Path string `json:"path,omitempty"`
	// IncludePaths are the patterns of what is taken.
	// +optional
	// +listType=atomic
	IncludePaths []string `json:"includePaths,omitempty"`
	// ExcludePaths are the patterns of what is left out.
	// +optional
	// +listType=atomic
	ExcludePaths []string `json:"excludePaths,omitempty"`
	// NewRootPath is the folder of the content that becomes its root.
	// +optional
	NewRootPath string `json:"newRootPath,omitempty"`
	// Image fetches the content of a container image.
	// +optional
	Image *ImageSource `json:"image,omitempty"`
	// Git fetches a Git repository.
	// +optional
	Git *GitSource `json:"git,omitempty"`
	// HTTP fetches a URL.
	// +optional
	HTTP *HTTPSource `json:"http,omitempty"`
}

// SecretReference names a Secret.
type SecretReference struct {
	// Name of the Secret.
	// +optional
	Name string `json:"name,omitempty"`
	// Namespace of the Secret.
	// +optional
	Namespace string `json:"namespace,omitempty"`
}

// VersionSelection selects a tag or ref by semantic version.
type VersionSelection struct {
	// Semver selects the highest version that matches.
	// +optional
	Semver *Semver `json:"semver,omitempty"`
}

// Semver selects by semantic version.
type Semver struct {
	// Constraints is a version range, such as ">=1.2.0 <2".
	// +optional
	Constraints string `json:"constraints,omitempty"`
	// Prereleases are considered when they carry one of these identifiers.
	// +optional
	Prereleases *Prereleases `json:"prereleases,omitempty"`
}

// Prereleases selects pre-release versions.
type Prereleases struct {
	// Identifiers, such as rc or beta.
	// +optional
	// +listType=atomic
	Identifiers []string `json:"identifiers,omitempty"`
}

// ImageSource fetches the content of a container image.
type ImageSource struct {
	// URL of the image.
	// +optional
	URL string `json:"url,omitempty"`
	// SecretRef names the Secret with the registry's credentials.
	// +optional
	SecretRef *SecretReference `json:"secretRef,omitempty"`
	// DangerousSkipTLSVerify accepts any certificate of the registry.
	// +optional
	DangerousSkipTLSVerify *bool `json:"dangerousSkipTLSVerify,omitempty"`
	// TagSelection selects the image's tag.
	// +optional
	TagSelection *VersionSelection `json:"tagSelection,omitempty"`
}

// GitSource fetches a Git repository.
type GitSource struct {
	// URL of the repository.
	// +optional
	URL string `json:"url,omitempty"`
	// Ref is a branch, tag or commit.
	// +optional
	Ref string `json:"ref,omitempty"`
	// RefSelection selects the ref by version.
	// +optional
	RefSelection *VersionSelection `json:"refSelection,omitempty"`
	// LFSSkipSmudge leaves large files as pointers.
	// +optional
	LFSSkipSmudge *bool `json:"lfsSkipSmudge,omitempty"`
	// Verification checks signatures.
	// +optional
	Verification *GitVerification `json:"verification,omitempty"`
	// SecretRef names the Secret with the repository's credentials.
	// +optional
	SecretRef *SecretReference `json:"secretRef,omitempty"`
}

// GitVerification checks the signatures of a Git repository.
type GitVerification struct {
	// PublicKeysSecretRef names the Secret with the trusted keys.
	// +optional
	PublicKeysSecretRef *SecretReference `json:"publicKeysSecretRef,omitempty"`
}

// HTTPSource fetches a URL.
type HTTPSource struct {
	// URL of the content.
	// +optional
	URL string `json:"url,omitempty"`
	// SHA256 is the content's checksum, in hexadecimal.
	// +optional
	SHA256 string `json:"sha256,omitempty"`
	// SecretRef names the Secret with the credentials.
	// +optional
	SecretRef *SecretReference `json:"secretRef,omitempty"`
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
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// Conditions are Ready, StorageReady and DatalabReady.
	// +optional
	// +patchMergeKey=type
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty" patchStrategy:"merge" patchMergeKey:"type"`
	// Sessions are the states of the sessions.
	// +optional
	// +patchMergeKey=name
	// +patchStrategy=merge
	// +listType=map
	// +listMapKey=name
	Sessions []SessionStatus `json:"sessions,omitempty" patchStrategy:"merge" patchMergeKey:"name"`
	// Parts are the resources that the workspace is composed of.
	// +optional
	// +listType=map
	// +listMapKey=kind
	Parts []Part `json:"parts,omitempty"`
}

// SessionStatus is the observed state of a session.
type SessionStatus struct {
	// Name of the session.
	Name string `json:"name"`
	// State is what the session is.
	// +optional
	State SessionState `json:"state,omitempty"`
	// Phase is the provider's word for how far the session has come; Running when it can be used.
	// +optional
	Phase string `json:"phase,omitempty"`
	// URL of the session while it is running.
	// +optional
	URL string `json:"url,omitempty"`
	// Message explains the phase.
	// +optional
	Message string `json:"message,omitempty"`
}

// Part is a resource that the workspace is composed of.
type Part struct {
	// Kind is Storage or Datalab.
	Kind string `json:"kind"`
	// APIVersion of the part.
	APIVersion string `json:"apiVersion"`
	// Name of the part, the same as the workspace's.
	Name string `json:"name"`
	// UID of the part; empty when it is missing.
	// +optional
	UID types.UID `json:"uid,omitempty"`
	// ResourceVersion of the part; empty when it is missing.
	// +optional
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Message says why a part is missing or cannot be read in full.
	// +optional
	Message string `json:"message,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceLaunch starts a declared session: created on the launch subresource of a workspace.
type WorkspaceLaunch struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Spec names the session.
	Spec WorkspaceLaunchSpec `json:"spec"`
	// Status is the session's state right after the request.
	// +optional
	Status SessionStatus `json:"status,omitempty,omitzero"`
}

// WorkspaceLaunchSpec names the session to start.
type WorkspaceLaunchSpec struct {
	// Session is the name of a declared session.
	Session string `json:"session"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceCredentials holds the keys of a workspace, read live and never stored: the credentials subresource.
type WorkspaceCredentials struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Storage holds the S3 keys. Absent until the provider has made them.
	// +optional
	Storage *S3Credentials `json:"storage,omitempty"`
	// Stores hold the connection values of each store.
	// +optional
	// +listType=atomic
	Stores []StoreCredentials `json:"stores,omitempty"`
	// Registry holds the keys of the container registry.
	// +optional
	Registry *RegistryCredentials `json:"registry,omitempty"`
	// Env is everything as the environment variables that a session has.
	// +optional
	Env map[string]string `json:"env,omitempty"`
}

// S3Credentials are the keys of the workspace's principal on the S3 server.
type S3Credentials struct {
	// Bucket is the workspace's first bucket.
	// +optional
	Bucket string `json:"bucket,omitempty"`
	// AccessKeyID is the access key.
	AccessKeyID string `json:"accessKeyID"`
	// SecretAccessKey is the secret key.
	SecretAccessKey string `json:"secretAccessKey"`
	// Endpoint is the URL of the S3 server.
	// +optional
	Endpoint string `json:"endpoint,omitempty"`
	// Region of the S3 server.
	// +optional
	Region string `json:"region,omitempty"`
	// ForcePathStyle asks clients for path-style addresses.
	// +optional
	ForcePathStyle bool `json:"forcePathStyle,omitempty"`
}

// StoreCredentials are the connection values of a store.
type StoreCredentials struct {
	// Type is databases, vectors, caches or documents.
	Type string `json:"type"`
	// Name of the store.
	Name string `json:"name"`
	// Values by name, as in the environment without the store's prefix: HOST, PORT, USER, PASSWORD, URL and so on.
	// +optional
	Values map[string]string `json:"values,omitempty"`
}

// RegistryCredentials are the keys of the container registry.
type RegistryCredentials struct {
	// Username for the registry.
	Username string `json:"username"`
	// Password for the registry.
	Password string `json:"password"`
}
