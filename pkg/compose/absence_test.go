package compose

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

func TestAMarkOfAbsenceTakesTheIntentThatTheDatalabHadTakenOver(t *testing.T) {
	annotation, err := (&Intent{ID: "one", CreatesDatalab: true}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		borne string
		open  bool
	}{
		"taken over":     {"one", false},
		"not taken over": {"another", true},
	} {
		t.Run(name, func(t *testing.T) {
			storage := &storagev1beta1.Storage{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{IntentAnnotation: annotation}}}
			lost := &datalabv1beta2.Datalab{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{IntentIDAnnotation: test.borne}}}
			marked := MarkAbsence(storage, lost, 7)
			if open := OpenIntent(Parts{Storage: marked, DatalabKind: true}) != nil; open != test.open {
				t.Errorf("the intent is open: %v, want %v", open, test.open)
			}
			if storage.Annotations[IntentAnnotation] != annotation {
				t.Error("the Storage that was read has changed")
			}
		})
	}
}

func TestAGenerationBeginsAtOneAndNeverGoesBack(t *testing.T) {
	value, err := MadeAsOne.Encode()
	if err != nil {
		t.Fatal(err)
	}
	storage := &storagev1beta1.Storage{ObjectMeta: metav1.ObjectMeta{Generation: 1, Annotations: map[string]string{AbsenceAnnotation: value}}}
	lab := &datalabv1beta2.Datalab{ObjectMeta: metav1.ObjectMeta{Generation: 1}}
	made := Workspace(Parts{Storage: storage, Datalab: lab, DatalabKind: true})
	if made.Generation != 1 || made.Status.ObservedGeneration != 0 {
		t.Errorf("a new workspace has generation %d, of which %d is observed", made.Generation, made.Status.ObservedGeneration)
	}
	lost := Workspace(Parts{Storage: MarkAbsence(storage, lab, 7), DatalabKind: true})
	if lost.Generation <= made.Generation {
		t.Errorf("generation %d without the Datalab, %d with it", lost.Generation, made.Generation)
	}
	again := Workspace(Parts{Storage: MarkAbsence(storage, lab, 7), Datalab: lab, DatalabKind: true})
	if again.Generation <= lost.Generation {
		t.Errorf("generation %d with a new Datalab, %d without one", again.Generation, lost.Generation)
	}
}
