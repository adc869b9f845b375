package storage

import (
	"encoding/json"
	"maps"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

// mergePatch is the JSON merge patch from one content of a part to another, bound to the uid and, if asked, to the
// resourceVersion of the first. Lists are sent whole: the binding makes that safe.
func mergePatch(before, after map[string]any, bindVersion bool) ([]byte, error) {
	// What only one side has is in the patch: taken off the first content, the preconditions are carried by the second.
	original, err := json.Marshal(withoutMetadata(before, "uid", "resourceVersion"))
	if err != nil {
		return nil, err
	}
	if !bindVersion {
		after = withoutMetadata(after, "resourceVersion")
	}
	modified, err := json.Marshal(after)
	if err != nil {
		return nil, err
	}
	return jsonpatch.CreateMergePatch(original, modified)
}

func withoutMetadata(content map[string]any, fields ...string) map[string]any {
	meta, _ := content["metadata"].(map[string]any)
	meta = maps.Clone(meta)
	for _, field := range fields {
		delete(meta, field)
	}
	content = maps.Clone(content)
	content["metadata"] = meta
	return content
}
