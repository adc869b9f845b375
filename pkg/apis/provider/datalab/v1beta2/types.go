package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/provider"
	"github.com/eoepca/workspaces/pkg/apis/provider/internal/lenient"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// Datalab holds the users, sessions and stores of a workspace.
type Datalab struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   DatalabSpec   `json:"spec,omitempty"`
	Status DatalabStatus `json:"status,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// DatalabList is a list of Datalabs.
type DatalabList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Datalab `json:"items"`
}

// DatalabSpec is the desired state of a Datalab.
type DatalabSpec struct {
	SecretName     string                  `json:"secretName,omitempty"`
	Users          []string                `json:"users,omitempty"`
	UserOverrides  map[string]UserOverride `json:"userOverrides,omitempty"`
	Sessions       []Session               `json:"sessions,omitempty"`
	Databases      map[string]Database     `json:"databases,omitempty"`
	DocumentStores map[string]Store        `json:"documentStores,omitempty"`
	CacheStores    map[string]Store        `json:"cacheStores,omitempty"`
	VectorStores   map[string]Store        `json:"vectorStores,omitempty"`
	VCluster       *bool                   `json:"vcluster,omitempty"`
	Data           *Data                   `json:"data,omitempty"`
	Registry       *Registry               `json:"registry,omitempty"`
	Persistence    *Persistence            `json:"persistence,omitempty"`
	Quota          *Quota                  `json:"quota,omitempty"`
	Security       *Security               `json:"security,omitempty"`
	Files          []File                  `json:"files,omitempty"`

	// Malformed lists the fields that could not be read.
	Malformed []string `json:"-"`
}

// UserOverride is what a user has beyond being one.
type UserOverride struct {
	Role      string `json:"role,omitempty"`
	GrantedAt string `json:"grantedAt,omitempty"`
}

// Session is a declared session.
type Session struct {
	Name  string `json:"name,omitempty"`
	State string `json:"state,omitempty"`
}

// Database is a PostgreSQL host with its databases.
type Database struct {
	Names         []string `json:"names,omitempty"`
	Storage       string   `json:"storage,omitempty"`
	BackupStorage string   `json:"backupStorage,omitempty"`
}

// Store is a store of one volume.
type Store struct {
	Storage string `json:"storage,omitempty"`
}

// Data configures the mount of the buckets.
type Data struct {
	Enabled       *bool `json:"enabled,omitempty"`
	ReadOnlyMount *bool `json:"readOnlyMount,omitempty"`
}

// Registry configures the container registry.
type Registry struct {
	Enabled *bool  `json:"enabled,omitempty"`
	Storage string `json:"storage,omitempty"`
}

// Persistence configures the sessions' volumes.
type Persistence struct {
	StorageClassName string `json:"storageClassName,omitempty"`
}

// Quota limits the sessions.
type Quota struct {
	Memory  string `json:"memory,omitempty"`
	Storage string `json:"storage,omitempty"`
	Budget  string `json:"budget,omitempty"`
}

// Security restricts the sessions.
type Security struct {
	Policy           string `json:"policy,omitempty"`
	KubernetesAccess *bool  `json:"kubernetesAccess,omitempty"`
	KubernetesRole   string `json:"kubernetesRole,omitempty"`
	ExternalEgress   *bool  `json:"externalEgress,omitempty"`
}

// DatalabStatus is the observed state of a Datalab.
type DatalabStatus struct {
	Conditions []provider.Condition     `json:"conditions,omitempty"`
	Sessions   map[string]SessionStatus `json:"sessions,omitempty"`

	// Malformed lists the fields that could not be read.
	Malformed []string `json:"-"`
}

// SessionStatus is the observed state of a session.
type SessionStatus struct {
	State   string `json:"state,omitempty"`
	Phase   string `json:"phase,omitempty"`
	Message string `json:"message,omitempty"`
	URL     string `json:"url,omitempty"`
}

// UnmarshalJSON leaves out what it cannot read, see Malformed: one strange object must not stop a list of thousands.
func (s *DatalabSpec) UnmarshalJSON(data []byte) error {
	type plain DatalabSpec
	var p plain
	malformed := lenient.Unmarshal(data, &p, "spec")
	*s = DatalabSpec(p)
	s.Malformed = malformed
	return nil
}

// UnmarshalJSON leaves out what it cannot read, see Malformed.
func (s *DatalabStatus) UnmarshalJSON(data []byte) error {
	type plain DatalabStatus
	var p plain
	malformed := lenient.Unmarshal(data, &p, "status")
	*s = DatalabStatus(p)
	s.Malformed = malformed
	return nil
}
