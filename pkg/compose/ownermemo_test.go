package compose

import (
	"crypto/rand"
	"fmt"
	"runtime"
	"sync"
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

// Many compose at once, while what nobody has any more is collected: each is told the owners of his own part.
func TestOwnersAreRememberedForManyAtOnce(t *testing.T) {
	const parts, rounds = 20, 200
	test := rand.Text()
	owners := func(part int) []metav1.ManagedFieldsEntry {
		return []metav1.ManagedFieldsEntry{{Manager: fmt.Sprint("first of ", part)}, {Manager: fmt.Sprint("second of ", part)}}
	}
	var running sync.WaitGroup
	for range 4 {
		running.Go(func() {
			for round := range rounds {
				part := round % parts
				got := new(composition).remember(newDigest(fmt.Sprint(test, part)), func() []metav1.ManagedFieldsEntry { return owners(part) })
				if want := owners(part); len(got) != 2 || got[0].Manager != want[0].Manager || got[1].Manager != want[1].Manager {
					t.Errorf("part %d: got %v", part, got)
				}
				if round%parts == 0 {
					runtime.GC()
				}
			}
		})
	}
	running.Wait()
}
