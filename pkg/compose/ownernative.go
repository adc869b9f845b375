package compose

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// native is the managedFields of a part.
type native struct {
	// ours is what this server owns.
	ours *fieldpath.Set
	// others are those who own something that shows on the Workspace.
	others owners
}

func nativeOwners(kind Kind, entries []metav1.ManagedFieldsEntry) native {
	n := native{ours: fieldpath.NewSet(), others: owners{}}
	for i := range entries {
		entry := &entries[i]
		set, ok := decodeFields(entry.FieldsV1)
		switch {
		case !ok || entry.Subresource != "": // what is written to a status shows in the Workspace's, and nobody owns that
		case entry.Manager == Manager:
			n.ours = n.ours.Union(set)
		case shows(kind, set):
			n.others.add(idOf(entry), entry.Time, set)
		}
	}
	return n
}

// shows says whether something of a part's fields is of the Workspace.
func shows(kind Kind, set *fieldpath.Set) bool {
	return some(set, func(path fieldpath.Path) bool {
		served, list := servedAt(kind, path)
		return len(served) > 0 || list != ""
	})
}

// Slim leaves of a part's managedFields what composing needs: nothing, if nobody but this server owns what shows.
func Slim(kind Kind, part metav1.Object) {
	entries := part.GetManagedFields()
	if len(entries) == 0 {
		return
	}
	annotation := part.GetAnnotations()[ManagedFieldsAnnotation]
	d := newDigest(string(kind))
	d.text(annotation)
	for i := range entries {
		if entries[i].Subresource == "" {
			d.text(entries[i].Manager)
			d.bytes(entries[i].FieldsV1.GetRawBytes())
		}
	}
	sum := d.Sum64()
	slot := &undisputed[sum%memoSize]
	if slot.Load() == sum {
		part.SetManagedFields(nil)
		return
	}
	n := nativeOwners(kind, entries)
	if len(n.others) == 0 && n.confirmAll(kind, annotation) {
		slot.Store(sum)
		part.SetManagedFields(nil)
		return
	}
	entries = slices.DeleteFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource != "" || entry.Manager != Manager && n.others[idOf(&entry)] == nil
	})
	if len(entries) == 0 {
		entries = []metav1.ManagedFieldsEntry{{Manager: Manager, Operation: metav1.ManagedFieldsOperationUpdate}}
	}
	for i := range entries {
		entries[i].FieldsV1 = shared(entries[i].FieldsV1)
	}
	part.SetManagedFields(slices.Clone(entries))
}

// confirmAll says whether this server owns on the part all that is told of it. A Datalab without an annotation is told of by its
// Storage's.
func (n native) confirmAll(kind Kind, annotation string) bool {
	if annotation == "" {
		return kind == Storage
	}
	mine, err := readKept(annotation)
	if err != nil {
		return false
	}
	for i := range mine.Owners {
		set, ok := decodeFields(mine.Owners[i].FieldsV1)
		if !ok || some(set, func(path fieldpath.Path) bool { return !n.holds(kind, homeOf(path)) }) {
			return false
		}
	}
	return true
}

// holds says whether this server owns a field on a part, if it is one that can be owned there.
func (n native) holds(kind Kind, h home) bool {
	switch {
	case h.kind != kind, h.path == nil && h.list == "":
		return true
	case h.path == nil:
		return n.ours.Has(h.list.path())
	}
	return n.ours.Has(h.path)
}
