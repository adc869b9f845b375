package storage

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// The admission of the parts may answer a conflict too, that of a quota does. Nobody computes a creation anew: its client is told.
func TestAConflictOfACreationIsTold(t *testing.T) {
	api := &fakeAPI{refusal: apierrors.NewConflict(eoepca.Resource("resourcequotas"), "quota", nil)}
	api.put(storageKind, "other", fakePart(storageKind, "other", object{}, nil))
	b := api.backend(t)
	ws := &eoepca.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "ws"}}
	for name, err := range map[string]error{
		"create":       b.Create(t.Context(), "/workspaces/ns/ws", ws, &eoepca.Workspace{}, 0),
		"in a dry run": b.DryRunCreate(t.Context(), ws),
	} {
		if !apierrors.IsConflict(err) {
			t.Errorf("%s: %v, want a conflict", name, err)
		}
	}
}
