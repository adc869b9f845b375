package workspace

import (
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func TestSharingIsAnsweredForAWorkspaceThatIsThereAtTheVersionAskedFor(t *testing.T) {
	f := newFixture(t)
	f.create(named("ws-alice"))
	sharing := f.storage["workspaces/sharing"].(rest.Getter)
	if _, err := sharing.Get(as("alice"), "ws-bob", &metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("of a missing workspace: %v, want 404", err)
	}
	if _, err := sharing.Get(as("alice"), "ws-alice", &metav1.GetOptions{ResourceVersion: "x"}); !apierrors.IsBadRequest(err) {
		t.Errorf("at version x: %v, want 400", err)
	}
	for _, version := range []string{"", "0", "1"} {
		obj, err := sharing.Get(as("alice"), "ws-alice", &metav1.GetOptions{ResourceVersion: version})
		if err != nil {
			t.Fatal(err)
		}
		if got := obj.(*eoepca.WorkspaceSharing); got.Name != "ws-alice" || got.ResourceVersion != version {
			t.Errorf("at version %q the storage is asked for %s at %q", version, got.Name, got.ResourceVersion)
		}
	}
}
