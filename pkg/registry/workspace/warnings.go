package workspace

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// warnings tells of what is valid and yet will not do what was meant.
func warnings(ws, old *eoepca.Workspace) []string {
	return append(finalizerWarnings(ws, old), grantWarnings(ws)...)
}

// finalizerWarnings are those that a custom resource has.
func finalizerWarnings(ws, old *eoepca.Workspace) (all []string) {
	standard := []string{metav1.FinalizerOrphanDependents, metav1.FinalizerDeleteDependents}
	for _, finalizer := range slices.Sorted(slices.Values(ws.Finalizers)) {
		if slices.Contains(old.Finalizers, finalizer) || slices.Contains(standard, finalizer) || strings.Contains(finalizer, "/") {
			continue
		}
		path := ""
		if strings.Contains(finalizer, ".") {
			path = "including a path (/) "
		}
		all = append(all, fmt.Sprintf("metadata.finalizers: %q: prefer a domain-qualified finalizer name %sto avoid accidental "+
			"conflicts with other finalizer writers", finalizer, path))
	}
	return all
}

func grantWarnings(ws *eoepca.Workspace) []string {
	if len(ws.Spec.Storage.AccessGrants) == 0 {
		return nil
	}
	for _, bucket := range ws.Spec.Storage.Buckets {
		if bucket.Discoverable != nil && *bucket.Discoverable {
			return nil
		}
	}
	return []string{"spec.storage.accessGrants: without effect until a bucket of this workspace is discoverable"}
}
