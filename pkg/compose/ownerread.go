package compose

import (
	"encoding/json"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// managedFields answers who owns what of a Workspace. Mostly nobody but this server has written the fields that show, and
// then it is for whom it did.
func (c *composition) managedFields(ws *eoepca.Workspace) []metav1.ManagedFieldsEntry {
	clear := len(c.Storage.ManagedFields) == 0
	told := c.Storage.Annotations[ManagedFieldsAnnotation]
	if c.Datalab == nil {
		if k := c.kept(Storage, &c.Storage.ObjectMeta); clear && !k.Whole {
			return k.Owners
		}
		return c.disputed(ws)
	}
	clear = clear && len(c.Datalab.ManagedFields) == 0
	toldOfDatalab := c.Datalab.Annotations[ManagedFieldsAnnotation]
	switch {
	case clear && told == "" && toldOfDatalab == "":
		return nil
	case clear:
		d := newDigest("undisputed")
		d.text(told)
		d.text(toldOfDatalab)
		return c.remember(d, func() []metav1.ManagedFieldsEntry {
			storage, datalab := c.kept(Storage, &c.Storage.ObjectMeta), c.kept(Datalab, &c.Datalab.ObjectMeta)
			if storage.Whole && toldOfDatalab != "" {
				storage.Owners = decodeOwners(storage.Owners).only(livingIn(Storage)).encode()
			}
			return joinOwners(storage.Owners, datalab.Owners)
		})
	case c.pending > 0 || c.Storage.Generation == 0 || c.Datalab.Generation == 0:
		return c.disputed(ws) // No generation stands for what is still to be written.
	}
	d := newDigest("disputed")
	d.part(&c.Storage.ObjectMeta)
	d.part(&c.Datalab.ObjectMeta)
	return c.remember(d, func() []metav1.ManagedFieldsEntry { return c.disputed(ws) })
}

// disputed finds out who owns what when others have written the parts as well, or when there may be told of more than there is.
func (c *composition) disputed(ws *eoepca.Workspace) []metav1.ManagedFieldsEntry {
	r := reading{owners: owners{}, environment: Storage}
	if c.Storage.Annotations[StorageEnvironmentAnnotation] == "" {
		r.environment = Datalab
	}
	all := decodeOwners(c.kept(Storage, &c.Storage.ObjectMeta).Owners)
	r.part(Storage, c.Storage.ManagedFields, all.only(livingIn(Storage)), nil, c.content(Storage))
	switch {
	case c.Datalab == nil:
		r.addAll(all.only(livingIn(Datalab)))
	case c.Datalab.Annotations[ManagedFieldsAnnotation] == "":
		r.part(Datalab, c.Datalab.ManagedFields, all.only(livingIn(Datalab)), nil, c.content(Datalab))
	default:
		datalab := c.kept(Datalab, &c.Datalab.ObjectMeta)
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
		c.illegible = true
		return kept{}
	}
	return k
}

// content answers a part as far as ownership has to do with it.
func (c *composition) content(kind Kind) map[string]any {
	meta, spec := &c.Storage.ObjectMeta, any(&c.Storage.Spec)
	if kind == Datalab {
		meta, spec = &c.Datalab.ObjectMeta, &c.Datalab.Spec
	}
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(spec)
	if err != nil {
		object = map[string]any{} // which cannot be: it was read from JSON
	}
	return map[string]any{"metadata": shown(meta), "spec": object}
}

// shown is the metadata that can be owned of a Workspace.
func shown(meta *metav1.ObjectMeta) map[string]any {
	result := map[string]any{}
	if meta.GenerateName != "" {
		result["generateName"] = meta.GenerateName
	}
	for name, values := range map[string]map[string]string{"labels": meta.Labels, "annotations": meta.Annotations} {
		object := make(map[string]any, len(values))
		for key, value := range values {
			object[key] = value
		}
		if len(object) > 0 {
			result[name] = object
		}
	}
	if len(meta.Finalizers) > 0 {
		list := make([]any, len(meta.Finalizers))
		for i, finalizer := range meta.Finalizers {
			list[i] = finalizer
		}
		result["finalizers"] = list
	}
	if len(meta.OwnerReferences) > 0 {
		list := make([]any, len(meta.OwnerReferences))
		for i := range meta.OwnerReferences {
			list[i], _ = runtime.DefaultUnstructuredConverter.ToUnstructured(&meta.OwnerReferences[i])
		}
		result["ownerReferences"] = list
	}
	return result
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
	d := dispute{native: nativeOwners(kind, entries), content: content}
	if kind == Datalab {
		d.compare(held, knownMembers(mine))
	}
	r.addAll(mine.only(func(_ ownerID, path fieldpath.Path) bool { return d.confirms(homeOf(path)) }))
	for id, other := range d.others {
		set := fieldpath.NewSet()
		for path := range other.fields.All() {
			served, list := servedAt(kind, path)
			for _, path := range served {
				if kind == r.environment || !path.Equals(environmentPath) {
					set.Insert(path)
				}
			}
			for _, item := range d.items[list] {
				if d.ours.Has(list.path()) || !d.unchanged[list][item.listLeaf] {
					set.Insert(item.path)
				}
			}
		}
		if !set.Empty() {
			r.add(servedID(id), other.time, set)
		}
	}
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
	object["metadata"] = shown(&ws.ObjectMeta)
	for id, owner := range r.owners {
		if owner.fields = present(owner.fields, object); owner.fields.Empty() {
			delete(r.owners, id)
		}
	}
	return r.owners.encode()
}

// dispute is a part that others have written as well.
type dispute struct {
	native
	content map[string]any
	// items are what the atomic lists hold, and unchanged what is there as this server wrote it; nil for a list of which it
	// does not know.
	items     map[atomicList][]listItem
	unchanged map[atomicList]map[listLeaf]bool
}

// compare holds the atomic lists against what is told of them.
func (d *dispute) compare(held *lists, known map[string]bool) {
	d.items, d.unchanged = map[atomicList][]listItem{}, map[atomicList]map[listLeaf]bool{}
	for _, list := range atomicLists {
		d.items[list] = list.items(d.content)
		if !held.tellsOf(list) {
			continue
		}
		d.unchanged[list] = make(map[listLeaf]bool, len(d.items[list]))
		for _, item := range d.items[list] {
			value, found := held.held(list, item.listLeaf, known)
			d.unchanged[list][item.listLeaf] = found && value == item.value
		}
	}
}

// confirms says whether a field is still as this server wrote it.
func (d *dispute) confirms(h home) bool {
	switch {
	case h.path == nil && h.list == "":
		return true
	case h.path != nil && d.ours.Has(h.path):
		return true
	case h.path != nil && valueAt(d.content, h.path) != nil:
		return false
	case h.list == "":
		return true // It is not in the part, so that nobody can have taken it.
	case d.unchanged[h.list] == nil:
		return d.ours.Has(h.list.path()) || !d.others.anyOwns(h.list.path())
	}
	return d.unchanged[h.list][h.leaf]
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
