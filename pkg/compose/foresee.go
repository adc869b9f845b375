package compose

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	kjson "sigs.k8s.io/json"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
)

// foresee puts in the Datalab's place what it will be when the intent is carried out.
func (c *composition) foresee(intent *Intent) {
	if c.Datalab == nil && !intent.CreatesDatalab {
		return // it was there and is gone: it will not be made
	}
	datalab, changed, err := apply(c.Datalab, intent.Datalab)
	if err != nil {
		c.note(Datalab, "cannot apply the annotation "+IntentAnnotation+": "+err.Error())
		return
	}
	if c.Datalab == nil {
		datalab.Namespace, datalab.Name = c.Storage.Namespace, c.Storage.Name
		datalab.CreationTimestamp = c.Storage.CreationTimestamp
		changed = true
	}
	if changed {
		c.pending = 1
	}
	c.Datalab = datalab
}

// apply makes edits on a Datalab that was read, and says whether they change its spec. Fields that the types do not know are
// lost, which only does for reading.
func apply(datalab *datalabv1beta2.Datalab, edits Edits) (*datalabv1beta2.Datalab, bool, error) {
	result := &datalabv1beta2.Datalab{}
	if datalab != nil {
		copied := *datalab
		result = &copied
	}
	raw, err := content(result)
	if err != nil {
		return nil, false, err
	}
	before := runtime.DeepCopyJSON(raw)
	if err := edits.Apply(raw); err != nil {
		return nil, false, err
	}
	if err := read(raw["spec"], &result.Spec); err != nil {
		return nil, false, err
	}
	metadata := metav1.ObjectMeta{}
	if err := read(raw["metadata"], &metadata); err != nil {
		return nil, false, err
	}
	result.Annotations = metadata.Annotations
	if len(result.ManagedFields) > 0 {
		result.ManagedFields = foreseeOwners(Datalab, metadata.ManagedFields, before, raw)
	}
	return result, !equality.Semantic.DeepEqual(before["spec"], raw["spec"]), nil
}

func content(datalab *datalabv1beta2.Datalab) (map[string]any, error) {
	data, err := json.Marshal(map[string]any{
		"metadata": metav1.ObjectMeta{Annotations: datalab.Annotations, ManagedFields: datalab.ManagedFields},
		"spec":     datalab.Spec,
	})
	if err != nil {
		return nil, fmt.Errorf("cannot encode the Datalab: %w", err)
	}
	raw := map[string]any{}
	return raw, kjson.UnmarshalCaseSensitivePreserveInts(data, &raw)
}

func read(value, into any) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return kjson.UnmarshalCaseSensitivePreserveInts(data, into)
}
