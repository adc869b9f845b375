// Package install registers every version of the group eoepca.org, and holds the scheme and codecs that the server and
// its tests share. Nothing but registration belongs here.
package install

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

var (
	// Scheme knows the group in all its versions.
	Scheme = runtime.NewScheme()
	// Codecs encode and decode the types of Scheme.
	Codecs = serializer.NewCodecFactory(Scheme)
	// ParameterCodec decodes the options of requests.
	ParameterCodec = runtime.NewParameterCodec(Scheme)
)

func init() {
	Install(Scheme)
	addUnversionedTypes(Scheme)
}

// Install registers the internal types and every served version.
func Install(scheme *runtime.Scheme) {
	utilruntime.Must(eoepca.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	utilruntime.Must(scheme.SetVersionPriority(v1alpha1.SchemeGroupVersion))
}

// addUnversionedTypes registers what a generic API server answers for every group, at the version that it expects.
func addUnversionedTypes(scheme *runtime.Scheme) {
	unversioned := schema.GroupVersion{Group: "", Version: "v1"}
	metav1.AddToGroupVersion(scheme, unversioned)
	scheme.AddUnversionedTypes(unversioned,
		&metav1.Status{},
		&metav1.APIVersions{},
		&metav1.APIGroupList{},
		&metav1.APIGroup{},
		&metav1.APIResourceList{},
	)
}
