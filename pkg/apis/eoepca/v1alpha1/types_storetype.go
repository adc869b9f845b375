package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// +genclient
// +genclient:nonNamespaced
// +genclient:onlyVerbs=get,list
// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// StoreType is a type of store that a workspace may have, and whether this cluster can run it. Computed, not stored.
type StoreType struct {
	metav1.TypeMeta `json:",inline"`
	// Standard object's metadata. The name is databases, vectors, caches or documents.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty,omitzero"`

	// Spec is what the type of store is.
	// +optional
	Spec StoreTypeSpec `json:"spec,omitempty,omitzero"`
	// Status is whether it can be had.
	// +optional
	Status StoreTypeStatus `json:"status,omitempty,omitzero"`
}

// StoreTypeSpec is what a type of store is.
type StoreTypeSpec struct {
	// Engine that runs the stores, as PostgreSQL.
	// +optional
	Engine string `json:"engine,omitempty"`
	// Operator is the custom resource definition of the operator that runs the engine.
	// +optional
	Operator string `json:"operator,omitempty"`
}

// StoreTypeStatus is whether a type of store can be had.
type StoreTypeStatus struct {
	// Available says whether workspaces may have new stores of the type.
	Available bool `json:"available"`
	// Reason is one word in CamelCase for why it is available or not.
	// +optional
	Reason string `json:"reason,omitempty"`
	// Message explains the reason and says what to do.
	// +optional
	Message string `json:"message,omitempty"`
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// StoreTypeList is a list of types of stores.
type StoreTypeList struct {
	metav1.TypeMeta `json:",inline"`
	// Standard list metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`

	// Items are the types of stores.
	Items []StoreType `json:"items"`
}
