// Package v1beta2 is the Datalab, datalabs.pkg.internal, as its readers see it. Nothing here writes one.
//
// +k8s:deepcopy-gen=package
// +groupName=pkg.internal
package v1beta2
