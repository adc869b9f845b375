// Package v1beta1 is the Storage, storages.pkg.internal, as its readers see it. Nothing here writes one.
//
// +k8s:deepcopy-gen=package
// +groupName=pkg.internal
package v1beta1
