package v1beta2

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	// SchemeGroupVersion is the group and version of the Datalab.
	SchemeGroupVersion = schema.GroupVersion{Group: "pkg.internal", Version: "v1beta2"}
	// SchemeGroupVersionResource is its resource.
	SchemeGroupVersionResource = SchemeGroupVersion.WithResource("datalabs")
	// AddToScheme adds the types of this package to a scheme.
	AddToScheme = addKnownTypes
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(SchemeGroupVersion, &Datalab{}, &DatalabList{})
	metav1.AddToGroupVersion(scheme, SchemeGroupVersion)
	return nil
}
