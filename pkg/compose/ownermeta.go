package compose

import (
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/value"
)

func metadataPathTo(names ...string) fieldpath.Path {
	return extend(elementsOf([]string{"metadata"}), elementsOf(names)...)
}

// storageMetadata answers where metadata of a Workspace lie on the Storage, or nil for what only this server writes there.
func storageMetadata(path fieldpath.Path) fieldpath.Path {
	if len(path) != 3 {
		return nil
	}
	step := path[2]
	switch {
	case isField(path[1], "finalizers"):
		name, ok := textOf(step)
		if name, visible := storageFinalizer(name); ok && visible {
			return extend(path[:2], fieldpath.ValueElement(value.NewValueInterface(name)))
		}
	case step.FieldName == nil || !isField(path[1], "labels") && !isField(path[1], "annotations"):
	case *step.FieldName == lastApplied && isField(path[1], "annotations"):
		return metadataPathTo("annotations", LastAppliedAnnotation)
	case !InternalKey(*step.FieldName):
		return path.Copy()
	}
	return nil
}

// servedMetadata answers what metadata of a part are on the Workspace. Of a Datalab that is its environment alone.
func servedMetadata(kind Kind, path fieldpath.Path) []fieldpath.Path {
	if len(path) < 2 || len(path) > 3 {
		return nil
	}
	labels, annotations := isField(path[1], "labels"), isField(path[1], "annotations")
	if len(path) == 3 && annotations && isField(path[2], environmentAnnotations[kind]) {
		return []fieldpath.Path{environmentPath}
	}
	finalizers := isField(path[1], "finalizers")
	if kind != Storage || !labels && !annotations && !finalizers {
		return nil
	}
	if len(path) == 2 {
		return []fieldpath.Path{path.Copy()}
	}
	if finalizers {
		name, ok := textOf(path[2])
		if name, visible := workspaceFinalizer(name); ok && visible {
			return []fieldpath.Path{extend(path[:2], fieldpath.ValueElement(value.NewValueInterface(name)))}
		}
		return nil
	}
	step := path[2]
	switch {
	case step.FieldName == nil:
		return nil
	case annotations && *step.FieldName == LastAppliedAnnotation:
		return []fieldpath.Path{metadataPathTo("annotations", lastApplied)}
	case annotations && *step.FieldName == lastApplied, InternalKey(*step.FieldName):
		return nil
	}
	return []fieldpath.Path{path.Copy()}
}

var environmentAnnotations = map[Kind]string{Storage: StorageEnvironmentAnnotation, Datalab: DatalabEnvironmentAnnotation}

var environmentPath = steps("spec.environment")

func textOf(step fieldpath.PathElement) (string, bool) {
	if step.Value == nil || !(*step.Value).IsString() {
		return "", false
	}
	return (*step.Value).AsString(), true
}
