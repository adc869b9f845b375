// Package eoepca holds the internal types of the API group eoepca.org: the same fields and layout as the served
// version, so that conversion costs nothing, and the helpers that every other package shares. No behaviour that needs
// configuration, a clock or a client lives here.
//
// +k8s:deepcopy-gen=package
// +groupName=eoepca.org
package eoepca
