package eoepca

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// StoreType is a type of store that a workspace may have, and whether this cluster can run it. Computed, not stored.
type StoreType struct {
	metav1.TypeMeta
	// Standard object's metadata. The name is databases, vectors, caches or documents.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata
	metav1.ObjectMeta

	// Spec is what the type of store is.
	Spec StoreTypeSpec
	// Status is whether it can be had.
	Status StoreTypeStatus
}

// StoreTypeSpec is what a type of store is.
type StoreTypeSpec struct {
	// Engine that runs the stores, as PostgreSQL.
	Engine string
	// Operator is the custom resource definition of the operator that runs the engine.
	Operator string
}

// StoreTypeStatus is whether a type of store can be had.
type StoreTypeStatus struct {
	// Available says whether workspaces may have new stores of the type.
	Available bool
	// Reason is one word in CamelCase for why it is available or not.
	Reason string
	// Message explains the reason and says what to do.
	Message string
}

// +k8s:deepcopy-gen:interfaces=k8s.io/apimachinery/pkg/runtime.Object

// StoreTypeList is a list of types of stores.
type StoreTypeList struct {
	metav1.TypeMeta
	// Standard list metadata.
	// More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds
	metav1.ListMeta

	// Items are the types of stores.
	Items []StoreType
}
