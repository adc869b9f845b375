package v1beta1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/provider"
	"github.com/eoepca/workspaces/pkg/apis/provider/internal/lenient"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// Storage holds the buckets of a workspace, the requests for buckets of others and the grants to others.
type Storage struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   StorageSpec   `json:"spec,omitempty"`
	Status StorageStatus `json:"status,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// StorageList is a list of Storages.
type StorageList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Storage `json:"items"`
}

// StorageSpec is the desired state of a Storage.
type StorageSpec struct {
	Principal            string                `json:"principal,omitempty"`
	CredentialsRollover  *CredentialsRollover  `json:"credentialsRollover,omitempty"`
	Buckets              []Bucket              `json:"buckets,omitempty"`
	BucketAccessRequests []BucketAccessRequest `json:"bucketAccessRequests,omitempty"`
	BucketAccessGrants   []BucketAccessGrant   `json:"bucketAccessGrants,omitempty"`

	// Malformed lists the fields that could not be read.
	Malformed []string `json:"-"`
}

// CredentialsRollover is the plan by which the principal's keys are replaced.
type CredentialsRollover struct {
	Interval  string `json:"interval,omitempty"`
	MaxToKeep int32  `json:"maxToKeep,omitempty"`
}

// Bucket is an S3 bucket.
type Bucket struct {
	BucketName     string          `json:"bucketName,omitempty"`
	Discoverable   *bool           `json:"discoverable,omitempty"`
	LifecycleRules []LifecycleRule `json:"lifecycleRules,omitempty"`
}

// IsDiscoverable says whether others may find the bucket and ask for it.
func (b Bucket) IsDiscoverable() bool { return b.Discoverable != nil && *b.Discoverable }

// LifecycleRule acts on objects that reach an age or a date.
type LifecycleRule struct {
	Target string `json:"target,omitempty"`
	Mode   string `json:"mode,omitempty"`
	MinAge string `json:"minAge,omitempty"`
	At     string `json:"at,omitempty"`
}

// BucketAccessRequest asks for access to a bucket of another Storage.
type BucketAccessRequest struct {
	BucketName  string `json:"bucketName,omitempty"`
	Reason      string `json:"reason,omitempty"`
	RequestedAt string `json:"requestedAt,omitempty"`
}

// BucketAccessGrant answers the request of another principal.
type BucketAccessGrant struct {
	BucketName string `json:"bucketName,omitempty"`
	Grantee    string `json:"grantee,omitempty"`
	Permission string `json:"permission,omitempty"`
	GrantedAt  string `json:"grantedAt,omitempty"`
}

// StorageStatus is the observed state of a Storage.
type StorageStatus struct {
	Conditions []provider.Condition `json:"conditions,omitempty"`

	// Malformed lists the fields that could not be read.
	Malformed []string `json:"-"`
}

// UnmarshalJSON leaves out what it cannot read, see Malformed: one strange object must not stop a list of thousands.
func (s *StorageSpec) UnmarshalJSON(data []byte) error {
	type plain StorageSpec
	var p plain
	malformed := lenient.Unmarshal(data, &p, "spec")
	*s = StorageSpec(p)
	s.Malformed = malformed
	return nil
}

// UnmarshalJSON leaves out what it cannot read, see Malformed.
func (s *StorageStatus) UnmarshalJSON(data []byte) error {
	type plain StorageStatus
	var p plain
	malformed := lenient.Unmarshal(data, &p, "status")
	*s = StorageStatus(p)
	s.Malformed = malformed
	return nil
}
