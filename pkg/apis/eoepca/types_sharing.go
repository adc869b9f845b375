package eoepca

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceSharing tells who shares buckets with a workspace, and with whom it shares its own: the sharing subresource.
// Computed at every request.
type WorkspaceSharing struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Incoming are what others ask of, or have been given on, the workspace's own buckets.
	Incoming []BucketShare
	// Outgoing are what the workspace asks of, or has been given on, the buckets of others.
	Outgoing []BucketShare
	// Discoverable are the buckets that others offer and that are not under Outgoing.
	Discoverable []DiscoverableBucket
}

// ShareState is how far a share has come.
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
	Bucket string
	// Workspace on the other side: of the grantee for incoming, of the bucket for outgoing shares. Empty when no
	// workspace has the principal or the bucket.
	Workspace string
	// Namespace of the workspace on the other side.
	Namespace string
	// Grantee is the principal that asks or is granted.
	Grantee string
	// State is Requested, Offered, Granted, Denied or Unresolved.
	State ShareState
	// Permission that the owner has given; empty until he has decided.
	Permission Permission
	// Reason that the request gives.
	Reason string
	// RequestedAt is when the bucket was asked for.
	RequestedAt *metav1.Time
	// DecidedAt is when it was granted or denied.
	DecidedAt *metav1.Time
	// Message says what the share waits for, or why it cannot be.
	Message string
}

// DiscoverableBucket is a bucket that another workspace lets everybody find and ask for.
type DiscoverableBucket struct {
	// Bucket that can be asked for.
	Bucket string
	// Workspace that owns it.
	Workspace string
	// Namespace of that workspace.
	Namespace string
}
