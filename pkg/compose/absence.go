package compose

import (
	"encoding/json"
	"strconv"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// Absence is the value of AbsenceAnnotation, as JSON: what belongs to the Workspace's versions beside those of the parts.
type Absence struct {
	// Revision is the one at which the Datalab vanished. The Workspace's version is never lower.
	Revision string `json:"revision,omitempty"`
	// Generation is what all vanished Datalabs of this Storage had reached, and one for each vanishing; less one if both
	// parts were made together, so that the Workspace's begins at 1.
	Generation int64 `json:"generation"`
}

// MadeAsOne is the Absence of a Workspace whose parts are made together.
var MadeAsOne = Absence{Generation: -1}

// Encode answers the value of the annotation.
func (a Absence) Encode() (string, error) {
	value, err := json.Marshal(a)
	return string(value), err
}

// vanished says whether a Datalab did.
func (a Absence) vanished() bool { return a.Revision != "" }

// MarkAbsence answers the Storage as it is once it is annotated with the loss of its Datalab at a revision; the very same
// Storage if it bears that already. An intent that the Datalab had taken over goes with it: with nobody left to bear it, it
// would look open.
func MarkAbsence(storage *storagev1beta1.Storage, lost *datalabv1beta2.Datalab, revision uint64) *storagev1beta1.Storage {
	absence, _ := absenceOf(storage)
	if marked, err := strconv.ParseUint(absence.Revision, 10, 64); err == nil && marked >= revision {
		return storage
	}
	absence.Revision = strconv.FormatUint(revision, 10)
	absence.Generation += lost.Generation + 1
	value, err := absence.Encode()
	if err != nil {
		return storage // a string and a number: they cannot fail to become JSON
	}
	marked := *storage
	marked.Annotations = make(map[string]string, len(storage.Annotations)+1)
	for key, value := range storage.Annotations {
		marked.Annotations[key] = value
	}
	marked.Annotations[AbsenceAnnotation] = value
	if intent, err := DecodeIntent(storage.Annotations[IntentAnnotation]); err == nil && bears(lost, intent) {
		delete(marked.Annotations, IntentAnnotation)
	}
	return &marked
}

func absenceOf(storage *storagev1beta1.Storage) (Absence, error) {
	value := storage.Annotations[AbsenceAnnotation]
	if value == "" {
		return Absence{}, nil
	}
	var absence Absence
	if err := json.Unmarshal([]byte(value), &absence); err != nil {
		return Absence{}, err
	}
	return absence, nil
}
