package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceSharing tells who shares buckets with a workspace, and with whom it shares its own: the sharing subresource.
// Computed at every request.
type WorkspaceSharing struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Incoming are what others ask of, or have been given on, the workspace's own buckets.
	// +optional
	// +listType=atomic
	Incoming []BucketShare `json:"incoming,omitempty"`
	// Outgoing are what the workspace asks of, or has been given on, the buckets of others.
	// +optional
	// +listType=atomic
	Outgoing []BucketShare `json:"outgoing,omitempty"`
	// Discoverable are the buckets that others offer and that are not under Outgoing.
	// +optional
	// +listType=atomic
	Discoverable []DiscoverableBucket `json:"discoverable,omitempty"`
}

// ShareState is how far a share has come.
// +enum
type ShareState string

const (
	// ShareRequested waits for the owner of the bucket.
	ShareRequested ShareState = "Requested"
	// ShareOffered is granted, but not requested: it takes effect as soon as it is.
	ShareOffered ShareState = "Offered"
	// ShareGranted is requested and granted.
	ShareGranted ShareState = "Granted"
	// ShareDenied is granted with permission None.
	ShareDenied ShareState = "Denied"
	// ShareUnresolved asks for a bucket that nobody offers, or no longer.
	ShareUnresolved ShareState = "Unresolved"
)

// BucketShare is a request for a bucket together with what its owner has made of it.
type BucketShare struct {
	// Bucket that is shared.
	Bucket string `json:"bucket"`
	// Workspace on the other side: of the grantee for incoming, of the bucket for outgoing shares. Empty when no
	// workspace has the principal or the bucket.
	// +optional
	Workspace string `json:"workspace,omitempty"`
	// Namespace of the workspace on the other side.
	// +optional
	Namespace string `json:"namespace,omitempty"`
	// Grantee is the principal that asks or is granted.
	Grantee string `json:"grantee"`
	// State is Requested, Offered, Granted, Denied or Unresolved.
	State ShareState `json:"state"`
	// Permission that the owner has given; empty until he has decided.
	// +optional
	Permission Permission `json:"permission,omitempty"`
	// Reason that the request gives.
	// +optional
	Reason string `json:"reason,omitempty"`
	// RequestedAt is when the bucket was asked for.
	// +optional
	RequestedAt *metav1.Time `json:"requestedAt,omitempty"`
	// DecidedAt is when it was granted or denied.
	// +optional
	DecidedAt *metav1.Time `json:"decidedAt,omitempty"`
	// Message says what the share waits for, or why it cannot be.
	// +optional
	Message string `json:"message,omitempty"`
}

// DiscoverableBucket is a bucket that another workspace lets everybody find and ask for.
type DiscoverableBucket struct {
	// Bucket that can be asked for.
	Bucket string `json:"bucket"`
	// Workspace that owns it.
	Workspace string `json:"workspace"`
	// Namespace of that workspace.
	Namespace string `json:"namespace"`
}
