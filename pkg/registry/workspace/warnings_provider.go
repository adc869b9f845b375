package workspace

import (
	"bytes"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// provided warns of fields that the request takes from a provider: one that has set a field on a part is likely to set it
// again. An apply is refused with a conflict instead, unless it is forced.
func (w *warner) provided() {
	if len(w.ws.ManagedFields) == 0 {
		return // The client has cleared them all: nothing tells what he has changed.
	}
	for i := range w.old.ManagedFields {
		was := &w.old.ManagedFields[i]
		if !strings.Contains(was.Manager, "crossplane") {
			continue
		}
		lost := fieldsOf(was).Difference(w.fieldsLeft(was)).Leaves()
		more := 0
		lost.Iterate(func(path fieldpath.Path) {
			if more++; more <= maxWarnings {
				w.add(field.NewPath(strings.TrimPrefix(path.String(), ".")), "was set by the provider (%s), which may set it again", was.Manager)
			}
		})
		if more > maxWarnings {
			w.add(field.NewPath("spec"), "the same is so for %d more", more-maxWarnings)
		}
	}
}

// fieldsLeft are those that are the manager's after the request.
func (w *warner) fieldsLeft(was *metav1.ManagedFieldsEntry) *fieldpath.Set {
	i := slices.IndexFunc(w.ws.ManagedFields, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == was.Manager && e.Operation == was.Operation && e.Subresource == was.Subresource
	})
	if i < 0 {
		return fieldpath.NewSet()
	}
	return fieldsOf(&w.ws.ManagedFields[i])
}

// fieldsOf is empty for what cannot be read.
func fieldsOf(entry *metav1.ManagedFieldsEntry) *fieldpath.Set {
	set := fieldpath.NewSet()
	if entry.FieldsV1 == nil || set.FromJSON(bytes.NewReader(entry.FieldsV1.GetRawBytes())) != nil {
		return fieldpath.NewSet()
	}
	return set
}
