package compose

import (
	"encoding/json"
	"errors"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	kjson "sigs.k8s.io/json"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
)

// Intent is a change of both parts, of which the Storage's half is written and the Datalab's may not be yet. It lies on the
// Storage until the Datalab bears its id. Readers see the change whole from the first write on.
type Intent struct {
	// ID tells intents apart.
	ID string `json:"id"`
	// Datalab is the change of the Datalab.
	Datalab Edits `json:"datalab"`
	// CreatesDatalab says that there was no Datalab.
	CreatesDatalab bool `json:"createsDatalab,omitempty"`
	// From is the Datalab that is changed, as it was; nil in intents of servers that did not note it.
	From *DatalabState `json:"from,omitempty"`
	// Undo takes the Storage back if the Datalab refuses its half.
	Undo Edits `json:"undo,omitempty"`
	// CreatedStorage says that there was no Storage: it is deleted if the Datalab refuses its half.
	CreatedStorage bool `json:"createdStorage,omitempty"`
}

// DatalabState tells a Datalab that has yet to take an intent over from one that has done so and lost its mark since: whoever
// replaces or restores a part must not bring an old change back.
type DatalabState struct {
	// Bears is the id of the intent that the Datalab took over last; empty if there is none.
	Bears string `json:"bears,omitempty"`
	// UID and Generation are the Datalab's.
	UID        types.UID `json:"uid,omitempty"`
	Generation int64     `json:"generation,omitempty"`
}

// StateOf is the state of a Datalab as an intent notes it.
func StateOf(datalab metav1.Object) *DatalabState {
	return &DatalabState{Bears: datalab.GetAnnotations()[IntentIDAnnotation], UID: datalab.GetUID(), Generation: datalab.GetGeneration()}
}

// Awaits says whether a Datalab that is there has yet to take the intent over.
func (i *Intent) Awaits(datalab metav1.Object) bool {
	now := StateOf(datalab)
	switch {
	case now.Bears == i.ID:
		return false
	case i.From == nil:
		return true
	case i.From.Bears == "":
		// Without a mark then, and without one now: it has been taken away if the Datalab has changed meanwhile, or is another.
		return *now == *i.From
	}
	return now.Bears == i.From.Bears
}

const intentVersion = 1

type versionedIntent struct {
	Version int `json:"v"`
	*Intent
}

// Encode answers the intent as the value of IntentAnnotation.
func (i *Intent) Encode() (string, error) {
	data, err := json.Marshal(versionedIntent{intentVersion, i})
	if err != nil {
		return "", fmt.Errorf("cannot encode the change of the Datalab: %w", err)
	}
	return pack(string(data)), nil
}

// DecodeIntent reads the value of IntentAnnotation.
func DecodeIntent(value string) (*Intent, error) {
	versioned := versionedIntent{Intent: &Intent{}}
	text, err := unpack(value)
	if err == nil {
		err = kjson.UnmarshalCaseSensitivePreserveInts([]byte(text), &versioned)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the annotation %s: %w", IntentAnnotation, err)
	}
	if versioned.Version != intentVersion || versioned.Intent == nil || versioned.ID == "" {
		return nil, fmt.Errorf("the annotation %s has version %d, this server reads version %d: was it written by a newer one?",
			IntentAnnotation, versioned.Version, intentVersion)
	}
	if err := errors.Join(versioned.Datalab.check(), versioned.Undo.check()); err != nil {
		return nil, fmt.Errorf("cannot read the annotation %s: %w", IntentAnnotation, err)
	}
	return versioned.Intent, nil
}

// OpenIntent answers the intent that the Storage holds and the Datalab does not bear yet, or nil. An intent that nothing
// can bear any more is not open: one that makes a Datalab where there is another, one that changes a Datalab that is gone, or is another than it was made for.
func OpenIntent(p Parts) *Intent {
	intent, _ := openIntent(p)
	return intent
}

func openIntent(p Parts) (*Intent, error) {
	value := p.Storage.Annotations[IntentAnnotation]
	if value == "" {
		return nil, nil
	}
	intent, err := DecodeIntent(value)
	if err != nil {
		return nil, err
	}
	if intent.CreatesDatalab != (p.Datalab == nil) {
		return nil, nil
	}
	if p.Datalab != nil && !intent.Awaits(p.Datalab) {
		return nil, nil
	}
	return intent, nil
}

// bears says whether the Datalab has taken the intent over.
func bears(datalab *datalabv1beta2.Datalab, intent *Intent) bool {
	return datalab.Annotations[IntentIDAnnotation] == intent.ID
}
