package integration

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/test/integration/env"
)

// Who is told by one replica that a bucket was asked for finds that on every other.
func TestEveryReplicaKnowsAtOnceWhoAsks(t *testing.T) {
	ns := e.Namespace(t)
	here, there := e.Replicas[0].Workspaces(ns), e.Replicas[1].Workspaces(ns)
	alice := env.Workspace(ns, "alice")
	alice.Spec.Storage.Buckets[0].Discoverable = ptr.To(true)
	if _, err := here.Create(t.Context(), alice, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		bob := env.Workspace(ns, "bob")
		bob.Spec.Storage.AccessRequests = []v1alpha1.AccessRequest{{Bucket: alice.Spec.Storage.Buckets[0].Name}}
		if _, err := here.Create(t.Context(), bob, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		asked, err := there.GetSharing(t.Context(), "alice", metav1.GetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(asked.Incoming) != 1 || asked.Incoming[0].Workspace != "bob" || asked.Incoming[0].State != v1alpha1.ShareRequested {
			t.Errorf("bob has asked, and alice is told of %+v", asked.Incoming)
		}
		if err := here.Delete(t.Context(), "bob", metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		env.Eventually(t, "bob is gone", func() error {
			_, err := here.Get(t.Context(), "bob", metav1.GetOptions{})
			return gone(err)
		})
	}
}
