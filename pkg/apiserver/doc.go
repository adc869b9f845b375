// Package apiserver is the aggregated API server as a program: Options (flags and environment) → Validate → Config →
// Complete → New → Run. It wires storage, registry and k8s.io/apiserver together and installs the API group; what a
// workspace is and who may do what with it is decided elsewhere.
package apiserver
