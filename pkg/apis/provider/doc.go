// Package provider holds what the resources that a Workspace is composed of have in common; each of them has a package of
// its own below, as Go types for reading only. Writing goes through edits of the raw object, because newer providers
// have fields that these types do not know and that a typed write would drop.
//
// +k8s:deepcopy-gen=package
package provider
