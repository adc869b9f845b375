package compose

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// An intent is open until the Datalab has borne it, and never again: not when the mark is taken away, nor when an old Storage is
// brought back.
func TestIntentIsOpenOnce(t *testing.T) {
	datalab := func(bears string, generation int64) *datalabv1beta2.Datalab {
		lab := &datalabv1beta2.Datalab{ObjectMeta: metav1.ObjectMeta{Generation: generation}}
		if bears != "" {
			lab.Annotations = map[string]string{IntentIDAnnotation: bears}
		}
		return lab
	}
	another := datalab("", 3)
	another.UID = "another"
	for name, test := range map[string]struct {
		from *DatalabState
		now  *datalabv1beta2.Datalab
		open bool
	}{
		"not yet borne":                           {StateOf(datalab("last", 3)), datalab("last", 3), true},
		"not yet borne, and changed by others":    {StateOf(datalab("last", 3)), datalab("last", 5), true},
		"borne":                                   {StateOf(datalab("last", 3)), datalab("this", 4), false},
		"the mark is taken away":                  {StateOf(datalab("last", 3)), datalab("", 5), false},
		"a later one is borne":                    {StateOf(datalab("last", 3)), datalab("next", 5), false},
		"not yet borne by one without a mark":     {StateOf(datalab("", 3)), datalab("", 3), true},
		"the only mark is taken away":             {StateOf(datalab("", 3)), datalab("", 5), false},
		"another server's, not yet borne":         {nil, datalab("last", 5), true},
		"another server's, borne":                 {nil, datalab("this", 5), false},
		"the Datalab is gone":                     {StateOf(datalab("last", 3)), nil, false},
		"the Datalab is another without the mark": {StateOf(datalab("last", 3)), datalab("", 1), false},
		"it is another, and neither has a mark":   {StateOf(datalab("", 3)), another, false},
	} {
		t.Run(name, func(t *testing.T) {
			annotation, err := (&Intent{ID: "this", From: test.from}).Encode()
			if err != nil {
				t.Fatal(err)
			}
			storage := &storagev1beta1.Storage{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{IntentAnnotation: annotation}}}
			if open := OpenIntent(Parts{Storage: storage, Datalab: test.now, DatalabKind: true}) != nil; open != test.open {
				t.Errorf("open: %t, want %t", open, test.open)
			}
		})
	}
}
