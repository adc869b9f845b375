package apiserver

import (
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

const (
	actionExtension = "x-kubernetes-action"
	kindExtension   = "x-kubernetes-group-version-kind"
)

// withoutKindsOfConnections takes the kind off operations that connect to something: what goes through them is no workspace.
// kubectl looks at any one PATCH of a kind for whether the server validates fields, and validates them itself otherwise.
func withoutKindsOfConnections(document *spec3.OpenAPI) (*spec3.OpenAPI, error) {
	for _, path := range document.Paths.Paths {
		for _, op := range []*spec3.Operation{path.Get, path.Head, path.Post, path.Put, path.Patch, path.Delete, path.Options} {
			if op != nil {
				dropKindOfConnection(op.Extensions)
			}
		}
	}
	return document, nil
}

// withoutKindsOfConnectionsV2 is the same for the older document.
func withoutKindsOfConnectionsV2(document *spec.Swagger) (*spec.Swagger, error) {
	for _, path := range document.Paths.Paths {
		for _, op := range []*spec.Operation{path.Get, path.Head, path.Post, path.Put, path.Patch, path.Delete, path.Options} {
			if op != nil {
				dropKindOfConnection(op.Extensions)
			}
		}
	}
	return document, nil
}

func dropKindOfConnection(extensions spec.Extensions) {
	if action, _ := extensions.GetString(actionExtension); action == "connect" {
		delete(extensions, kindExtension)
	}
}
