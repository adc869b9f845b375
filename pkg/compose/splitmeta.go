package compose

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// discoverable keeps the label that peers' requests depend on in step with the buckets.
func discoverable(ws *eoepca.Workspace) Edit {
	path := fields("metadata", "labels", DiscoverableLabel)
	for _, bucket := range ws.Spec.Storage.Buckets {
		if bucket.Discoverable != nil && *bucket.Discoverable {
			return Edit{Op: OpSet, Path: path, Value: "true"}
		}
	}
	return Edit{Op: OpRemove, Path: path}
}

// splitEnvironment is for one part. A part that is made needs the annotation even if the environment has not changed.
func splitEnvironment(old, new *eoepca.Workspace, annotation string, makes bool) Edits {
	was := ""
	if old != nil && !makes {
		was = old.Spec.Environment
	}
	return splitValue(was, new.Spec.Environment, fields("metadata", "annotations", annotation))
}

func splitValue(old, new string, path Path) Edits {
	switch {
	case old == new:
		return nil
	case new == "":
		return Edits{{Op: OpRemove, Path: path}}
	}
	return Edits{{Op: OpSet, Path: path, Value: new}}
}

// splitMeta carries those metadata of a Workspace that users set to its Storage.
func splitMeta(old, new *eoepca.Workspace) Edits {
	if old == nil {
		old = &eoepca.Workspace{}
	}
	edits := splitValue(old.GenerateName, new.GenerateName, fields("metadata", "generateName"))
	edits = append(edits, splitStrings(labels(old), labels(new), fields("metadata", "labels"))...)
	edits = append(edits, splitStrings(annotations(old), annotations(new), fields("metadata", "annotations"))...)
	return append(edits, splitFinalizers(old, new)...)
}

func splitStrings(old, new map[string]string, path Path) Edits {
	var edits Edits
	for _, key := range slices.Sorted(maps.Keys(old)) {
		if _, kept := new[key]; !kept {
			edits = append(edits, Edit{Op: OpRemove, Path: path.with(Step{Field: key})})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(new)) {
		if was, found := old[key]; !found || was != new[key] {
			edits = append(edits, Edit{Op: OpSet, Path: path.with(Step{Field: key}), Value: new[key]})
		}
	}
	return edits
}

// labels answers the Storage's labels that stand for a Workspace's.
func labels(ws *eoepca.Workspace) map[string]string {
	result := make(map[string]string, len(ws.Labels))
	for key, value := range ws.Labels {
		if !InternalKey(key) {
			result[key] = value
		}
	}
	return result
}

// annotations answers the Storage's annotations that stand for a Workspace's, and for its ownerReferences.
func annotations(ws *eoepca.Workspace) map[string]string {
	result := make(map[string]string, len(ws.Annotations)+1)
	for key, value := range ws.Annotations {
		switch {
		case key == lastApplied:
			result[LastAppliedAnnotation] = value
		case !InternalKey(key):
			result[key] = value
		}
	}
	if len(ws.OwnerReferences) > 0 {
		result[OwnerReferencesAnnotation] = encode(ws.OwnerReferences)
	}
	return result
}

// encode answers the JSON of a list as an annotation holds it, or nothing for an empty one.
func encode[T any](list []T) string {
	if len(list) == 0 {
		return ""
	}
	data, err := json.Marshal(list)
	if err != nil {
		return "" // these lists came as JSON: they cannot fail to become JSON
	}
	return pack(string(data))
}
