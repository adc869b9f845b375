package compose

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestAFinalizerHoldsTheDatalab: from the write on that sets the first finalizer, until the one that removes the last.
func TestAFinalizerHoldsTheDatalab(t *testing.T) {
	now := metav1.Now()
	for name, test := range map[string]struct {
		was, is     []string
		terminating bool
		want        Op
	}{
		"the first is set":                       {nil, []string{"example.org/a"}, false, OpSet},
		"another is set":                         {[]string{"example.org/a"}, []string{"example.org/a", "orphan"}, false, ""},
		"one of two is removed":                  {[]string{"example.org/a", "orphan"}, []string{"orphan"}, false, ""},
		"the last is removed":                    {[]string{"orphan"}, nil, false, OpRemove},
		"the last is removed when it terminates": {[]string{"orphan"}, nil, true, ""},
		"deleted in the foreground":              {nil, []string{"foregroundDeletion"}, true, OpSet},
	} {
		t.Run(name, func(t *testing.T) {
			old := Workspace(parts(t, raw(t, aliceStorage), raw(t, aliceDatalab)))
			old.Finalizers = test.was
			new := old.DeepCopy()
			new.Finalizers = test.is
			if test.terminating {
				new.DeletionTimestamp = &now
			}
			storage, datalab, err := Split(old, new)
			if err != nil || len(datalab) > 0 {
				t.Fatalf("want edits of the Storage alone, got %v, %v", datalab, err)
			}
			var got Op
			for _, edit := range storage {
				if last := edit.Path[len(edit.Path)-1]; last.Element != nil && *last.Element == DatalabFinalizer {
					got = edit.Op
				}
			}
			if got != test.want {
				t.Errorf("got %q, want %q: %+v", got, test.want, storage)
			}
		})
	}
}
