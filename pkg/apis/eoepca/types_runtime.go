package eoepca

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceToken asks for an OAuth access token of the workspace: created on the token subresource, never stored.
type WorkspaceToken struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Status holds the token.
	Status WorkspaceTokenStatus
}

// WorkspaceTokenStatus is a token as the identity provider issued it.
type WorkspaceTokenStatus struct {
	// AccessToken is the token.
	AccessToken string
	// TokenType is Bearer.
	TokenType string
	// ExpiresIn is for how many seconds the token is valid from when it was issued; 0 when the issuer does not say.
	ExpiresIn int64
	// ExpirationTimestamp is until when the token is valid.
	ExpirationTimestamp *metav1.Time
	// Scope of the token, as the issuer says it.
	Scope string
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceUsage tells how much persistent storage the sessions of a workspace use: the usage subresource. Computed at
// every request.
type WorkspaceUsage struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Storage is the persistent storage of the sessions.
	Storage StorageUsage
}

// StorageUsage is persistent storage as quota and claims.
type StorageUsage struct {
	// Quota is how much may be requested; absent without a quota.
	Quota *resource.Quantity
	// Requested is what the claims request together.
	Requested resource.Quantity
	// Remaining is what the quota leaves; absent without a quota.
	Remaining *resource.Quantity
	// Claims are the persistent volume claims.
	Claims []VolumeClaimUsage
}

// VolumeClaimUsage is a persistent volume claim of a session.
type VolumeClaimUsage struct {
	// Name of the claim.
	Name string
	// Size that the claim requests.
	Size resource.Quantity
	// Phase of the claim: Pending, Bound or Lost.
	Phase string
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// WorkspaceKubeconfig holds the kubeconfig of a workspace that has a virtual cluster: the kubeconfig subresource. Read
// live and never stored.
type WorkspaceKubeconfig struct {
	metav1.TypeMeta
	// Standard object's metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Kubeconfig is the text of a kubeconfig file.
	Kubeconfig string
}
