package compose

import (
	"encoding/json"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// managedFields answers who owns what of a Workspace. Mostly nobody but this server has written the fields that show, and
// then it is for whom it did.
func (c *composition) managedFields(ws *eoepca.Workspace) []metav1.ManagedFieldsEntry {
	storage := c.kept(Storage, &c.Storage.ObjectMeta)
	var datalab kept
	var told bool
	if c.Datalab != nil {
		datalab = c.kept(Datalab, &c.Datalab.ObjectMeta)
		told = c.Datalab.Annotations[ManagedFieldsAnnotation] != ""
	}
	undisputed := len(c.Storage.ManagedFields) == 0 && (c.Datalab == nil || len(c.Datalab.ManagedFields) == 0)
	if undisputed && (!storage.Whole || c.Datalab != nil && !told) {
		return joinOwners(storage.Owners, datalab.Owners)
	}
	r := reading{owners: owners{}, environment: Storage}
	if c.Storage.Annotations[StorageEnvironmentAnnotation] == "" {
		r.environment = Datalab
	}
	all := decodeOwners(storage.Owners)
	r.part(Storage, c.Storage.ManagedFields, all.only(livingIn(Storage)), nil, c.content(Storage))
	if c.Datalab != nil {
		if !told {
			datalab.Owners = all.only(livingIn(Datalab)).encode()
		}
		r.part(Datalab, c.Datalab.ManagedFields, decodeOwners(datalab.Owners), datalab.Lists, c.content(Datalab))
	}
	return r.encode(ws)
}

func livingIn(kind Kind) func(ownerID, fieldpath.Path) bool {
	return func(_ ownerID, path fieldpath.Path) bool { return homeOf(path).kind == kind }
}

func (c *composition) kept(kind Kind, meta *metav1.ObjectMeta) kept {
	k, err := readKept(meta.Annotations[ManagedFieldsAnnotation])
	if err != nil {
		c.note(kind, "cannot read the annotation "+ManagedFieldsAnnotation)
		return kept{}
	}
	return k
}

// content answers a part as far as ownership has to do with it.
func (c *composition) content(kind Kind) map[string]any {
	if kind == Datalab {
		raw, _ := content(c.Datalab) // what was read from JSON can be written as JSON
		return raw
	}
	raw := map[string]any{}
	_ = read(map[string]any{"metadata": map[string]any{
		"labels": c.Storage.Labels, "annotations": c.Storage.Annotations, "finalizers": c.Storage.Finalizers,
	}, "spec": c.Storage.Spec}, &raw)
	return raw
}

// reading finds out who owns what of a Workspace when others have written its parts as well.
type reading struct {
	owners
	// environment is the part that tells the environment.
	environment Kind
}

// part adds what a part tells: its own managedFields, and for whom this server wrote. No managedFields say that nobody else
// has written what shows.
func (r *reading) part(kind Kind, entries []metav1.ManagedFieldsEntry, mine owners, held *lists, content map[string]any) {
	if len(entries) == 0 {
		r.addAll(mine)
		return
	}
	n := nativeOwners(kind, entries)
	known := knownMembers(mine)
	r.addAll(mine.only(func(_ ownerID, path fieldpath.Path) bool { return n.confirm(homeOf(path), held, known, content) }))
	for id, other := range n.others {
		set := fieldpath.NewSet()
		for path := range other.fields.All() {
			served, list := servedAt(kind, path)
			for _, path := range served {
				if h := homeOf(path); h.kind == kind || r.environment == kind {
					set.Insert(path)
				}
			}
			if list == "" {
				continue
			}
			for _, item := range list.items(content) {
				if value, found := heldBy(held, list, item.listLeaf, known); !found || value != item.value || n.ours.Has(list.path()) {
					set.Insert(item.path)
				}
			}
		}
		if !set.Empty() {
			r.add(servedID(id), other.time, set)
		}
	}
}

func heldBy(held *lists, list atomicList, leaf listLeaf, known map[string]bool) (string, bool) {
	if !held.tellsOf(list) {
		return "", false
	}
	return held.held(list, leaf, known)
}

func (r *reading) addAll(o owners) {
	for id, owner := range o {
		r.add(id, owner.time, owner.fields)
	}
}

// encode leaves out what the Workspace has not: nobody can own it.
func (r *reading) encode(ws *eoepca.Workspace) []metav1.ManagedFieldsEntry {
	object, err := served(ws)
	if err != nil {
		return r.owners.encode()
	}
	metadata := map[string]any{}
	_ = read(metav1.ObjectMeta{Labels: ws.Labels, Annotations: ws.Annotations, Finalizers: ws.Finalizers, OwnerReferences: ws.OwnerReferences}, &metadata)
	object["metadata"] = metadata
	for id, owner := range r.owners {
		if owner.fields = present(owner.fields, object); owner.fields.Empty() {
			delete(r.owners, id)
		}
	}
	return r.owners.encode()
}

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

// confirm says whether a field is still as this server wrote it.
func (n native) confirm(h home, held *lists, known map[string]bool, content map[string]any) bool {
	switch {
	case h.path == nil && h.list == "":
		return true
	case h.path != nil && n.ours.Has(h.path):
		return true
	case h.path != nil && valueAt(content, h.path) != nil:
		return false
	case h.list == "":
		return true // It is not in the part, so that nobody can have taken it.
	case !held.tellsOf(h.list):
		return n.ours.Has(h.list.path()) || !n.others.anyOwns(h.list.path())
	}
	was, found := held.held(h.list, h.leaf, known)
	for _, item := range h.list.items(content) {
		if item.listLeaf == h.leaf {
			return found && item.value == was
		}
	}
	return false
}

// Slim leaves of a part's managedFields what composing needs: nothing, if nobody but this server owns what shows.
func Slim(kind Kind, part metav1.Object) {
	entries := part.GetManagedFields()
	if len(entries) == 0 {
		return
	}
	n := nativeOwners(kind, entries)
	if len(n.others) == 0 && n.confirmAll(kind, part.GetAnnotations()[ManagedFieldsAnnotation]) {
		part.SetManagedFields(nil)
		return
	}
	entries = slices.DeleteFunc(entries, func(entry metav1.ManagedFieldsEntry) bool {
		return entry.Subresource != "" || entry.Manager != Manager && n.others[idOf(&entry)] == nil
	})
	if len(entries) == 0 {
		entries = []metav1.ManagedFieldsEntry{{Manager: Manager, Operation: metav1.ManagedFieldsOperationUpdate}}
	}
	part.SetManagedFields(slices.Clip(entries))
}

// confirmAll says whether this server owns on the part all that the annotation tells of.
func (n native) confirmAll(kind Kind, annotation string) bool {
	mine, err := readKept(annotation)
	if err != nil || annotation == "" {
		return false
	}
	for _, owner := range decodeOwners(mine.Owners) {
		if some(owner.fields, func(path fieldpath.Path) bool { return !n.hold(kind, homeOf(path)) }) {
			return false
		}
	}
	return true
}

// hold says whether this server owns a field on a part, if it is one that can be owned there.
func (n native) hold(kind Kind, h home) bool {
	switch {
	case h.kind != kind, h.path == nil && h.list == "":
		return true
	case h.path == nil:
		return n.ours.Has(h.list.path())
	}
	return n.ours.Has(h.path)
}

// joinOwners unites the owners that two parts tell of. What the parts are home of lies in different fields of spec.
func joinOwners(a, b []metav1.ManagedFieldsEntry) []metav1.ManagedFieldsEntry {
	if len(b) == 0 {
		return a
	}
	result := slices.Clone(a)
	for _, entry := range b {
		i := slices.IndexFunc(result, func(e metav1.ManagedFieldsEntry) bool { return idOf(&e) == idOf(&entry) })
		if i < 0 {
			result = append(result, entry)
			continue
		}
		result[i].Time = later(result[i].Time, entry.Time)
		result[i].FieldsV1 = joinFields(result[i].FieldsV1, entry.FieldsV1)
	}
	sortEntries(result)
	return result
}

// joinFields is the union of two sets as JSON, which it is not worth to read in full.
func joinFields(a, b *metav1.FieldsV1) *metav1.FieldsV1 {
	if a == nil || b == nil {
		return a
	}
	raw, err := joinObjects(a.GetRawBytes(), b.GetRawBytes())
	if err != nil {
		return a
	}
	return metav1.NewFieldsV1(string(raw))
}

func joinObjects(a, b json.RawMessage) (json.RawMessage, error) {
	var left, right map[string]json.RawMessage
	if err := json.Unmarshal(a, &left); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(b, &right); err != nil {
		return nil, err
	}
	for name, fields := range right {
		if other, both := left[name]; both {
			joined, err := joinObjects(other, fields)
			if err != nil {
				return nil, err
			}
			fields = joined
		}
		left[name] = fields
	}
	return json.Marshal(left)
}
