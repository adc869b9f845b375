// Package provider is the roof over the resources that a Workspace is composed of, as Go types: one package per resource
// and version. They are for reading only. Writing goes through edits of the raw object, because newer providers have
// fields that these types do not know and that a typed write would drop.
package provider
