package compose

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// TestTheCollectorIsAskedForSomethingElse: a deletion that is under way can be made another one, as often as one likes. The
// Storage takes no new finalizers then, and must not be without any before the last request is done.
func TestTheCollectorIsAskedForSomethingElse(t *testing.T) {
	const client = "example.org/a"
	for name, test := range map[string]struct {
		begin []string   // the Storage's finalizers
		steps [][]string // the Workspace's, as requests and clients set them
	}{
		"orphan after foreground":           {[]string{ForegroundFinalizer}, [][]string{{orphan}, nil}},
		"foreground after orphan":           {[]string{OrphanFinalizer, DatalabFinalizer}, [][]string{{foregroundDeletion}, nil}},
		"back to what it was":               {[]string{ForegroundFinalizer}, [][]string{{orphan}, {foregroundDeletion}, nil}},
		"background after all":              {[]string{ForegroundFinalizer, client}, [][]string{{client, orphan}, {client}, nil}},
		"the same again when it is done":    {[]string{OrphanFinalizer, client}, [][]string{{client}, {client, orphan}, {client}, nil}},
		"on a deletion in the background":   {[]string{client}, [][]string{{client, foregroundDeletion}, {client, orphan}, {client}, nil}},
		"the client is done before":         {[]string{ForegroundFinalizer, client}, [][]string{{client, orphan}, {orphan}, nil}},
		"one of two that a client had set":  {[]string{ForegroundFinalizer, OrphanFinalizer}, [][]string{{orphan}, {foregroundDeletion}, nil}},
		"beside what providers have to do":  {[]string{ForegroundFinalizer, "composite.apiextensions.crossplane.io"}, [][]string{{orphan}, nil}},
		"nothing of it is held any more":    {[]string{"composite.apiextensions.crossplane.io"}, [][]string{{foregroundDeletion}, {orphan}, nil}},
		"the Storage is deleted by another": {[]string{foregroundDeletion, client}, [][]string{{client, orphan}, {client, foregroundDeletion}, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			storage := raw(t, aliceStorage)
			at(storage, "metadata")["deletionTimestamp"] = "2026-01-11T19:00:00Z"
			finalizers := []any{}
			for _, finalizer := range test.begin {
				finalizers = append(finalizers, finalizer)
			}
			at(storage, "metadata")["finalizers"] = finalizers
			for _, want := range test.steps {
				before := parts(t, storage, raw(t, aliceDatalab))
				old := Workspace(before)
				new := old.DeepCopy()
				new.Finalizers = want
				edits, datalab, err := Split(old, new)
				if err != nil || len(datalab) > 0 {
					t.Fatalf("want edits of the Storage alone, got %v, %v", datalab, err)
				}
				if err := edits.Apply(storage); err != nil {
					t.Fatal(err)
				}
				after := parts(t, storage, raw(t, aliceDatalab))
				if got := Workspace(after).Finalizers; !slices.Equal(got, want) {
					t.Fatalf("%v after %v: got %v", want, old.Finalizers, got)
				}
				for _, finalizer := range after.Storage.Finalizers {
					if !slices.Contains(before.Storage.Finalizers, finalizer) {
						t.Errorf("%v after %v: the Storage would get a new finalizer %s", want, old.Finalizers, finalizer)
					}
				}
				if len(want) > 0 && len(after.Storage.Finalizers) == 0 {
					t.Errorf("%v after %v: nothing holds the Storage", want, old.Finalizers)
				}
			}
			if value := lookup(storage, fields("metadata", "annotations", CollectorAnnotation)); value != nil {
				t.Errorf("in the end %v is left to be done", value)
			}
		})
	}
}

// TestNothingIsAskedOfTheCollectorBeforeTheDeletion: the annotation of a Storage that somebody copied means nothing.
func TestNothingIsAskedOfTheCollectorBeforeTheDeletion(t *testing.T) {
	storage := raw(t, aliceStorage)
	at(storage, "metadata", "annotations")[CollectorAnnotation] = foregroundDeletion
	want := []string{"example.org/keep", orphan}
	if got := Workspace(parts(t, storage, nil)).Finalizers; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestADeletionThatIsBegunCanBeUndone: what was written to delete a workspace goes without a trace, and what clients set stays.
func TestADeletionThatIsBegunCanBeUndone(t *testing.T) {
	now := metav1.Now()
	for name, held := range map[string][]string{"held by nobody": nil, "held by a client": {"example.org/a"}} {
		for _, request := range []string{orphan, foregroundDeletion} {
			t.Run(name+", "+request, func(t *testing.T) {
				storage := raw(t, aliceStorage)
				at(storage, "metadata")["finalizers"] = []any{"composite.apiextensions.crossplane.io"}
				begin := Workspace(parts(t, storage, raw(t, aliceDatalab)))
				made := begin.DeepCopy()
				made.Finalizers = held
				deleted := made.DeepCopy()
				deleted.DeletionTimestamp, deleted.Finalizers = &now, append(slices.Clone(held), request)
				var want map[string]any
				for _, step := range [][2]*eoepca.Workspace{{begin, made}, {made, deleted}} {
					want = runtime.DeepCopyJSON(storage)
					edits, _, err := Split(step[0], step[1])
					if err != nil {
						t.Fatal(err)
					}
					if err := edits.Apply(storage); err != nil {
						t.Fatal(err)
					}
				}
				object := &unstructured.Unstructured{Object: storage}
				if since, begun := DeletionBegun(object); !begun || since.Unix() != now.Unix() {
					t.Fatalf("a deletion has begun: %t, at %s, want %s", begun, since, now)
				}
				UndoDeletion(object)
				if diff := cmp.Diff(want, object.Object); diff != "" {
					t.Errorf("(-before +undone):\n%s", diff)
				}
			})
		}
	}
}
