package env

import (
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// Namespace makes a namespace for one test. It goes with the control plane.
func (e *Env) Namespace(t testing.TB) string {
	t.Helper()
	ns, err := e.Admin.CoreV1().Namespaces().Create(t.Context(),
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "t-" + rand.String(6)}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return ns.Name
}

// Workspace is a valid workspace with an owner, a principal and one bucket of its name and namespace, and nothing else
// declared: principals and buckets are unique in a cluster.
func Workspace(namespace, name string) *v1alpha1.Workspace {
	ws := &v1alpha1.Workspace{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	ws.Spec.Owner = "alice"
	ws.Spec.Storage.Principal = name + "-" + namespace
	ws.Spec.Storage.Buckets = []v1alpha1.Bucket{{Name: name + "-" + namespace}}
	return ws
}

// patience is how long Eventually waits: much longer than anything takes, even on a busy machine.
const patience = time.Minute

// Eventually tries until there is no error, and fails the test when that takes too long.
func Eventually(t testing.TB, what string, try func() error) {
	t.Helper()
	EventuallyWithin(t, patience, what, try)
}

// EventuallyWithin is Eventually with a limit of one's own, for promises that have one.
func EventuallyWithin(t testing.TB, limit time.Duration, what string, try func() error) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within %s: %v", what, limit, err)
		}
		select {
		case <-t.Context().Done():
			t.Fatalf("%s: %v", what, t.Context().Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
