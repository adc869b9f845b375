package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceToken asks for an OAuth access token of the workspace: created on the token subresource, never stored.
type WorkspaceToken struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Status holds the token.
	// +optional
	Status WorkspaceTokenStatus `json:"status,omitempty,omitzero"`
}

// WorkspaceTokenStatus is a token as the identity provider issued it.
type WorkspaceTokenStatus struct {
	// AccessToken is the token.
	// +optional
	AccessToken string `json:"accessToken,omitempty"`
	// TokenType is Bearer.
	// +optional
	TokenType string `json:"tokenType,omitempty"`
	// ExpiresIn is for how many seconds the token is valid from when it was issued; 0 when the issuer does not say.
	// +optional
	ExpiresIn int64 `json:"expiresIn,omitempty"`
	// ExpirationTimestamp is until when the token is valid.
	// +optional
	ExpirationTimestamp *metav1.Time `json:"expirationTimestamp,omitempty"`
	// Scope of the token, as the issuer says it.
	// +optional
	Scope string `json:"scope,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceUsage tells how much persistent storage the sessions of a workspace use: the usage subresource. Computed at
// every request.
type WorkspaceUsage struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Storage is the persistent storage of the sessions.
	// +optional
	Storage StorageUsage `json:"storage,omitempty,omitzero"`
}

// StorageUsage is persistent storage as quota and claims.
type StorageUsage struct {
	// Quota is how much may be requested; absent without a quota.
	// +optional
	Quota *resource.Quantity `json:"quota,omitempty"`
	// Requested is what the claims request together.
	Requested resource.Quantity `json:"requested"`
	// Remaining is what the quota leaves; absent without a quota.
	// +optional
	Remaining *resource.Quantity `json:"remaining,omitempty"`
	// Claims are the persistent volume claims.
	// +optional
	// +listType=map
	// +listMapKey=name
	Claims []VolumeClaimUsage `json:"claims,omitempty"`
}

// VolumeClaimUsage is a persistent volume claim of a session.
type VolumeClaimUsage struct {
	// Name of the claim.
	Name string `json:"name"`
	// Size that the claim requests.
	Size resource.Quantity `json:"size"`
	// Phase of the claim: Pending, Bound or Lost.
	// +optional
	Phase string `json:"phase,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceKubeconfig holds the kubeconfig of a workspace that has a virtual cluster: the kubeconfig subresource. Read
// live and never stored.
type WorkspaceKubeconfig struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Kubeconfig is the text of a kubeconfig file.
	// +optional
	Kubeconfig string `json:"kubeconfig,omitempty"`
}
