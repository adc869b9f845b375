// Package v1alpha1 is the served version of the API: the Workspace and the bodies of its subresources.
//
// +k8s:deepcopy-gen=package
// +k8s:conversion-gen=github.com/eoepca/workspaces/pkg/apis/eoepca
// +k8s:defaulter-gen=TypeMeta
// +k8s:openapi-gen=true
// +k8s:openapi-model-package=org.eoepca.v1alpha1
// +groupName=eoepca.org
package v1alpha1
