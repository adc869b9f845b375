package storage

import (
	"slices"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// A list that is read in pages for so long that its version is forgotten can be gone on with, at the present version.
func TestPagesOfAForgottenVersion(t *testing.T) {
	api := &fakeAPI{}
	for _, name := range []string{"a", "b", "c"} {
		api.put(storageKind, name, fakePart(storageKind, name, object{}, object{}))
	}
	b := api.backend(t)
	page := func(token string) (*eoepca.WorkspaceList, error) {
		opts := storage.ListOptions{Recursive: true, Predicate: storage.Everything}
		opts.Predicate.Limit, opts.Predicate.Continue = 2, token
		list := &eoepca.WorkspaceList{}
		return list, b.GetList(t.Context(), "/workspaces/ns", opts, list)
	}
	first, err := page("")
	if err != nil || first.Continue == "" {
		t.Fatalf("the first page: %v, continue %q", err, first.Continue)
	}
	api.put(storageKind, "d", fakePart(storageKind, "d", object{}, object{}))
	api.compacted = len(api.states) - 1
	_, err = page(first.Continue)
	status, ok := err.(apierrors.APIStatus)
	if !ok || !apierrors.IsResourceExpired(err) || status.Status().Continue == "" {
		t.Fatalf("want 410 with a token to go on with, got %#v", err)
	}
	rest, err := page(status.Status().Continue)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, ws := range rest.Items {
		names = append(names, ws.Name)
	}
	if !slices.Equal(names, []string{"c", "d"}) {
		t.Errorf("the rest is %v", names)
	}
}
