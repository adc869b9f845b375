package storage

import (
	"net/http"
	"net/http/httptest"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/client-go/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Storages whose version is served no longer are not gone: until the server learns of it, too, nobody is told that a workspace is
// not there, least of all the collector, which would delete what depends on it.
func TestUnservedStoragesAreNotGone(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler()) // as kube-apiserver answers
	defer server.Close()
	b, err := New(Config{Client: &rest.Config{Host: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range b.kinds {
		kind.set(true)
	}
	err = b.Get(t.Context(), "/workspaces/ns/ws", storage.GetOptions{}, &eoepca.Workspace{})
	if !apierrors.IsServiceUnavailable(err) {
		t.Errorf("get: %v, want 503", err)
	}
	_, err = b.clients[storageKind].delete(t.Context(), "ns", "ws", metav1.DeleteOptions{})
	if err == nil || apierrors.IsNotFound(err) {
		t.Errorf("a deletion is told of %v, as if the Storage were gone", err)
	}
	exactly := storage.ListOptions{ResourceVersion: "5", ResourceVersionMatch: "Exact", Predicate: storage.Everything}
	err = b.GetList(t.Context(), "/workspaces/ns/ws", exactly, &eoepca.WorkspaceList{})
	if !apierrors.IsServiceUnavailable(err) {
		t.Errorf("the one as it was: %v, want 503", err)
	}
}
