package compose

import (
	"encoding/json"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
)

// moves are changes of a part's own managedFields that a change of values does not bring about.
type moves struct {
	// Claim is what this server owns from now on, beside others.
	Claim *fieldpath.Set
	// Yield is what it leaves to others.
	Yield *fieldpath.Set
	// releases is what others do not own any more.
	releases []metav1.ManagedFieldsEntry
}

// encodedMoves is how an Edit holds moves.
type encodedMoves struct {
	Claim    *metav1.FieldsV1            `json:"claim,omitempty"`
	Yield    *metav1.FieldsV1            `json:"yield,omitempty"`
	Releases []metav1.ManagedFieldsEntry `json:"releases,omitempty"`
}

func (m *moves) empty() bool {
	return (m.Claim == nil || m.Claim.Empty()) && (m.Yield == nil || m.Yield.Empty()) && len(m.releases) == 0
}

func (m *moves) release(id ownerID, fields *fieldpath.Set) {
	if !fields.Empty() {
		m.releases = append(m.releases, metav1.ManagedFieldsEntry{
			Manager: id.manager, Operation: id.operation, APIVersion: id.apiVersion, FieldsV1: encodeFields(fields),
		})
	}
}

func (m *moves) encode() any {
	var value any
	_ = read(encodedMoves{Claim: encodeFields(m.Claim), Yield: encodeFields(m.Yield), Releases: m.releases}, &value)
	return value
}

func encodeFields(set *fieldpath.Set) *metav1.FieldsV1 {
	if set == nil || set.Empty() {
		return nil
	}
	raw, err := set.ToJSON()
	if err != nil {
		return nil // these paths came as JSON: they cannot fail to become JSON
	}
	return metav1.NewFieldsV1(string(raw))
}

// applyMoves makes moves in the managedFields of a part.
func applyMoves(raw map[string]any, value any) {
	var m encodedMoves
	if read(value, &m) != nil {
		return
	}
	entries := managedFieldsOf(raw)
	for _, release := range m.Releases {
		for i := range entries {
			if idOf(&entries[i]) == idOf(&release) {
				subtract(&entries[i], release.FieldsV1)
			}
		}
	}
	ours := slices.IndexFunc(entries, func(e metav1.ManagedFieldsEntry) bool {
		return e.Manager == Manager && e.Operation == metav1.ManagedFieldsOperationUpdate && e.Subresource == ""
	})
	if ours < 0 && m.Claim != nil {
		version, _ := raw["apiVersion"].(string)
		ours = len(entries)
		entries = append(entries, metav1.ManagedFieldsEntry{
			Manager: Manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: version, FieldsType: "FieldsV1",
		})
	}
	if ours >= 0 {
		subtract(&entries[ours], m.Yield)
		if claim, ok := decodeFields(m.Claim); ok {
			set, _ := decodeFields(entries[ours].FieldsV1)
			entries[ours].FieldsV1 = encodeFields(set.Union(claim))
		}
	}
	entries = slices.DeleteFunc(entries, func(e metav1.ManagedFieldsEntry) bool { return e.FieldsV1 == nil })
	if len(entries) == 0 {
		entries = []metav1.ManagedFieldsEntry{{}} // An empty list would be taken for one that was forgotten.
	}
	var list any
	if data, err := json.Marshal(entries); err == nil && json.Unmarshal(data, &list) == nil {
		update(raw, fields("metadata", "managedFields"), true, func(any) any { return list })
	}
}

func subtract(entry *metav1.ManagedFieldsEntry, fields *metav1.FieldsV1) {
	if fields == nil {
		return
	}
	set, known := decodeFields(entry.FieldsV1)
	less, ok := decodeFields(fields)
	if known && ok {
		entry.FieldsV1 = encodeFields(set.Difference(less))
	}
}

// foreseeOwners answers what kube-apiserver makes of the managedFields of a part that this server writes: what changes is
// this server's, and of nobody else.
func foreseeOwners(kind Kind, entries []metav1.ManagedFieldsEntry, before, after map[string]any) []metav1.ManagedFieldsEntry {
	result := []metav1.ManagedFieldsEntry{}
	n := nativeOwners(kind, entries)
	for id, other := range n.others {
		other.fields = other.fields.Difference(sift(other.fields, before, after, differs))
		if other.fields.Empty() {
			delete(n.others, id)
		}
	}
	annotation, _ := lookup(after, fields("metadata", "annotations", ManagedFieldsAnnotation)).(string)
	told, _ := readKept(annotation) // What cannot be read tells nothing.
	for _, owner := range decodeOwners(told.Owners) {
		for path := range owner.fields.All() {
			if h := homeOf(path); h.kind == kind && h.path != nil {
				n.ours.Insert(h.path)
			}
		}
	}
	for _, list := range atomicLists {
		if list.differs(before, after) {
			n.ours.Insert(list.path())
		}
	}
	ours := metav1.ManagedFieldsEntry{Manager: Manager, Operation: metav1.ManagedFieldsOperationUpdate, FieldsV1: encodeFields(n.ours)}
	return append(append(result, ours), n.others.encode()...)
}
