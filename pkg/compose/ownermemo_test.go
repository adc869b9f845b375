package compose

import (
	"crypto/rand"
	"runtime"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestOwnersAreRememberedAsLongAsAWorkspaceHasThem(t *testing.T) {
	var found int
	part := rand.Text() // what is remembered outlives a test
	owners := func() []metav1.ManagedFieldsEntry {
		return new(composition).remember(newDigest(part), func() []metav1.ManagedFieldsEntry {
			found++
			return []metav1.ManagedFieldsEntry{{Manager: "alice"}, {Manager: "bob"}}
		})
	}
	first := owners()
	runtime.GC()
	if again := owners(); found != 1 || len(again) != 2 || &again[0] != &first[0] {
		t.Errorf("found out %d times while a workspace has them, want once: %v", found, again)
	}
	runtime.KeepAlive(first)
	runtime.GC()
	if owners(); found != 2 {
		t.Errorf("found out %d times, want once more after nobody had them", found)
	}
}

func TestThatNobodyOwnsAnythingIsRememberedToo(t *testing.T) {
	var found int
	part := rand.Text()
	for range 2 {
		new(composition).remember(newDigest(part), func() []metav1.ManagedFieldsEntry {
			found++
			return nil
		})
	}
	if found != 1 {
		t.Errorf("found out %d times, want once", found)
	}
}
