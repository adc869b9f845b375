package integration

import (
	"fmt"
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

// Two Storages that name one bucket, as two replicas might let them at the same time: both replicas say that it is the elder's, the
// other is told, and gets nothing of it.
func TestABucketThatTwoNameIsTheElders(t *testing.T) {
	t.Parallel()
	ns := e.Namespace(t)
	bucket := "shared-" + ns
	for _, name := range []string{"alice", "bob"} { // of one age they may be, and then the first by name has it
		spec := object{"principal": name + "-" + ns, "buckets": []any{object{"bucketName": bucket, "discoverable": true}}}
		part := storageOf(name, spec)
		part.SetLabels(map[string]string{"storages.pkg.internal/discoverable": "true"})
		createPart(t, e.Storages(ns), part)
	}
	carl := env.Workspace(ns, "carl")
	carl.Spec.Storage.Principal = "carl-" + ns
	carl.Spec.Storage.AccessRequests = []v1alpha1.AccessRequest{{Bucket: bucket}}
	create(t, e.Replicas[0].Workspaces(ns), carl)
	for i, replica := range e.Replicas {
		for name, want := range map[string][2]int{"alice": {1, 0}, "bob": {0, 0}, "carl": {0, 1}} {
			sharing, err := replica.Workspaces(ns).GetSharing(t.Context(), name, metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if len(sharing.Incoming) != want[0] || len(sharing.Outgoing) != want[1] || want[1] == 1 && sharing.Outgoing[0].Workspace != "alice" {
				t.Errorf("replica %d: sharing of %s is %+v", i, name, sharing)
			}
		}
	}
	env.Eventually(t, "who has lost is told", func() error {
		if told(t, get(t, e.Replicas[0].Workspaces(ns), "bob"))["Warning BucketTaken"] == 0 {
			return fmt.Errorf("bob is not")
		}
		return nil
	})
	if told(t, get(t, e.Replicas[0].Workspaces(ns), "alice"))["Warning BucketTaken"] != 0 {
		t.Error("alice is told that she has lost what she has")
	}
}
