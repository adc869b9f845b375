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
