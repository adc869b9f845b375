package devprovider

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

var (
	storageKind = schema.GroupVersionKind{Group: "pkg.internal", Version: "v1beta1", Kind: "Storage"}
	datalabKind = schema.GroupVersionKind{Group: "pkg.internal", Version: "v1beta2", Kind: "Datalab"}
)

func newObject(kind schema.GroupVersionKind) *unstructured.Unstructured {
	o := &unstructured.Unstructured{}
	o.SetGroupVersionKind(kind)
	return o
}

// storageSpec is what a provider must know of a Storage. Nothing is ever written from it.
type storageSpec struct {
	Principal string   `json:"principal"`
	Rollover  rollover `json:"credentialsRollover"`
	Buckets   []struct {
		Name string `json:"bucketName"`
	} `json:"buckets"`
	Requests []bucketRequest `json:"bucketAccessRequests"`
	Grants   []struct {
		Bucket     string `json:"bucketName"`
		Grantee    string `json:"grantee"`
		Permission string `json:"permission"`
	} `json:"bucketAccessGrants"`
}

type bucketRequest struct {
	Bucket string `json:"bucketName"`
}

// datalabSpec is what a provider must know of a Datalab. Nothing is ever written from it.
type datalabSpec struct {
	SecretName string `json:"secretName"`
	Sessions   []struct {
		Name  string `json:"name"`
		State string `json:"state"`
	} `json:"sessions"`
	Databases map[string]struct {
		Names []string `json:"names"`
	} `json:"databases"`
	DocumentStores map[string]struct{} `json:"documentStores"`
	CacheStores    map[string]struct{} `json:"cacheStores"`
	VectorStores   map[string]struct{} `json:"vectorStores"`
	Registry       struct {
		Enabled bool `json:"enabled"`
	} `json:"registry"`
}

// readSpec reads the spec of a part; an object of an earlier form may hold what does not fit.
func readSpec[T any](o *unstructured.Unstructured) (T, error) {
	var spec T
	content, _, err := unstructured.NestedMap(o.Object, "spec")
	if err == nil {
		err = runtime.DefaultUnstructuredConverter.FromUnstructured(content, &spec)
	}
	if err != nil {
		return spec, fmt.Errorf("the spec cannot be read: %w", err)
	}
	return spec, nil
}
