package compose

import (
	"maps"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// visibleFinalizers answers those of a Storage that are its Workspace's.
func visibleFinalizers(storage *metav1.ObjectMeta) []string {
	later := laterRequest(storage)
	var result []string
	for _, finalizer := range storage.Finalizers {
		if name, ok := workspaceFinalizer(finalizer); ok && (later == "" || !forCollector(name)) {
			result = append(result, name)
		}
	}
	if later != "" {
		result = append(result, later)
	}
	return result
}

// laterRequest is what the collector is to do after the deletion has begun, if that is not what it was begun with.
func laterRequest(storage *metav1.ObjectMeta) string {
	if request := storage.Annotations[CollectorAnnotation]; storage.DeletionTimestamp != nil && forCollector(request) {
		return request
	}
	return ""
}

// forCollector says whether a finalizer of a Workspace is a request to the garbage collector.
func forCollector(finalizer string) bool {
	return finalizer == orphan || finalizer == foregroundDeletion
}

// requests are those of a Workspace's finalizers.
func requests(ws *eoepca.Workspace) []string {
	return slices.DeleteFunc(slices.Clone(ws.Finalizers), func(name string) bool { return !forCollector(name) })
}

func ofCollector(finalizer any) bool {
	return finalizer == OrphanFinalizer || finalizer == ForegroundFinalizer
}

func notOfCollector(finalizer any) bool { return !ofCollector(finalizer) }

// finalizers answers those of a Workspace as they are called on its Storage.
func finalizers(ws *eoepca.Workspace) []any {
	var result []any
	for _, finalizer := range ws.Finalizers {
		if name, ok := storageFinalizer(finalizer); ok {
			result = append(result, name)
		}
	}
	return result
}

// splitFinalizers carries them to the Storage. One that is terminating takes no new finalizers, but the collector may be asked
// for something else than before: those of the earlier request hold the Storage then, until the later one is done.
func splitFinalizers(old, new *eoepca.Workspace) Edits {
	path, annotation := fields("metadata", "finalizers"), fields("metadata", "annotations", CollectorAnnotation)
	was, is := finalizers(old), finalizers(new)
	before, after := requests(old), requests(new)
	i := slices.IndexFunc(after, func(request string) bool { return !slices.Contains(before, request) })
	if old.DeletionTimestamp == nil {
		edits := splitNames(was, is, path, false)
		if i >= 0 && new.DeletionTimestamp != nil {
			begun := after[i] + " " + new.DeletionTimestamp.UTC().Format(time.RFC3339)
			edits = append(edits, Edit{Op: OpSet, Path: fields("metadata", "annotations", DeletionAnnotation), Value: begun})
		}
		return edits
	}
	if i >= 0 {
		kept := append(slices.DeleteFunc(is, ofCollector), slices.DeleteFunc(slices.Clone(was), notOfCollector)...)
		return append(splitNames(was, kept, path, false), Edit{Op: OpSet, Path: annotation, Value: after[i]})
	}
	if len(after) == 0 && len(before) > 0 {
		edits := splitNames(append(was, OrphanFinalizer, ForegroundFinalizer), is, path, false)
		return append(edits, Edit{Op: OpRemove, Path: annotation})
	}
	return splitNames(was, is, path, false)
}

// DeletionBegun says since when a Storage that is not being deleted bears what its deletion waits for; and false if it bears none.
func DeletionBegun(storage metav1.Object) (since time.Time, begun bool) {
	value := storage.GetAnnotations()[DeletionAnnotation]
	if value == "" || storage.GetDeletionTimestamp() != nil {
		return time.Time{}, false
	}
	_, at, _ := strings.Cut(value, " ")
	since, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return time.Time{}, true // long ago
	}
	return since, true
}

// UndoDeletion takes that off.
func UndoDeletion(storage metav1.Object) {
	annotations := maps.Clone(storage.GetAnnotations())
	request, _, _ := strings.Cut(annotations[DeletionAnnotation], " ")
	begun, _ := storageFinalizer(request)
	delete(annotations, DeletionAnnotation)
	storage.SetAnnotations(annotations)
	left := slices.DeleteFunc(slices.Clone(storage.GetFinalizers()), func(name string) bool { return name == begun && ofCollector(name) })
	if !slices.ContainsFunc(left, func(name string) bool { _, visible := workspaceFinalizer(name); return visible }) {
		left = slices.DeleteFunc(left, func(name string) bool { return name == DatalabFinalizer })
	}
	storage.SetFinalizers(left)
}

// splitHold has the Datalab stay as long as a finalizer holds the Workspace: set along with the first and removed along with
// the last, it costs no write of its own; a Datalab that is made later gets it when the Workspace is deleted. On a terminating Workspace it stays: the server lets the Datalab go then.
func splitHold(old, new *eoepca.Workspace, makes bool) Edits {
	had := old != nil && len(finalizers(old)) > 0
	want := (makes || hasDatalab(old)) && len(finalizers(new)) > 0
	name := DatalabFinalizer
	path := append(fields("metadata", "finalizers"), Step{Element: &name})
	switch {
	case want && !had && (old == nil || old.DeletionTimestamp == nil):
		return Edits{{Op: OpSet, Path: path, Value: name}}
	case had && len(finalizers(new)) == 0 && new.DeletionTimestamp == nil:
		return Edits{{Op: OpRemove, Path: path}}
	}
	return nil
}
