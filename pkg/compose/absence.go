package compose

import (
	"encoding/json"
	"maps"
	"strconv"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// MarkAbsence answers the Storage as it has to be written when its Datalab has vanished, seen at a revision: a copy with
// another mark of absence, and without the intent that the Datalab may have borne.
func MarkAbsence(storage *storagev1beta1.Storage, lost *datalabv1beta2.Datalab, revision uint64) *storagev1beta1.Storage {
	var absence Absence
	// A mark that cannot be read counts as none, as it does in composing.
	_ = json.Unmarshal([]byte(storage.Annotations[AbsenceAnnotation]), &absence)
	absence.Revision = strconv.FormatUint(revision, 10)
	absence.Generation += lost.Generation
	value, err := json.Marshal(absence)
	if err != nil {
		return storage // A string and an integer always encode.
	}
	marked := *storage
	marked.Annotations = maps.Clone(storage.Annotations)
	if marked.Annotations == nil {
		marked.Annotations = map[string]string{}
	}
	marked.Annotations[AbsenceAnnotation] = string(value)
	delete(marked.Annotations, IntentAnnotation)
	return &marked
}
