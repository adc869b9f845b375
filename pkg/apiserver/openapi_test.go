package apiserver

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/kube-openapi/pkg/spec3"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

func TestOnlyConnectionsHaveNoKind(t *testing.T) {
	extensions := func(action string) spec.Extensions {
		return spec.Extensions{actionExtension: action, kindExtension: "Workspace"}
	}
	wanted := map[string][]string{"connect": {actionExtension}, "patch": {actionExtension, kindExtension}}
	for action, want := range wanted {
		v3 := &spec3.Operation{VendorExtensible: spec.VendorExtensible{Extensions: extensions(action)}}
		_, err := withoutKindsOfConnections(&spec3.OpenAPI{Paths: &spec3.Paths{Paths: map[string]*spec3.Path{"/x": {PathProps: spec3.PathProps{Patch: v3}}}}})
		if err != nil {
			t.Fatal(err)
		}
		v2 := &spec.Operation{VendorExtensible: spec.VendorExtensible{Extensions: extensions(action)}}
		_, err = withoutKindsOfConnectionsV2(&spec.Swagger{SwaggerProps: spec.SwaggerProps{
			Paths: &spec.Paths{Paths: map[string]spec.PathItem{"/x": {PathItemProps: spec.PathItemProps{Patch: v2}}}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		for version, got := range map[string]spec.Extensions{"v3": v3.Extensions, "v2": v2.Extensions} {
			if diff := cmp.Diff(want, slices.Sorted(maps.Keys(got))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", version, action, diff)
			}
		}
	}
}
