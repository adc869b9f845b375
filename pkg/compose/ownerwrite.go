package compose

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Ownership is how the managedFields of a Workspace change.
type Ownership struct {
	was, want owners
	// alone says that there is no Datalab: the Storage tells of everything.
	alone bool
}

// NewOwnership compares the managedFields of two Workspaces; old is nil for a new one. withDatalab says whether there is a
// Datalab when the change is done.
func NewOwnership(old, new *eoepca.Workspace, withDatalab bool) *Ownership {
	o := &Ownership{was: owners{}, want: decodeOwners(new.ManagedFields), alone: !withDatalab}
	if old != nil {
		o.was = decodeOwners(old.ManagedFields)
	}
	return o
}

// Reverse is the way back, to where there was a Datalab or not.
func (o *Ownership) Reverse(withDatalab bool) *Ownership {
	return &Ownership{was: o.want, want: o.was, alone: !withDatalab}
}

func (o *Ownership) of(kind Kind, all owners) owners {
	if !o.alone {
		return all.only(livingIn(kind))
	}
	if kind == Storage {
		return all
	}
	return owners{}
}

// Differs says whether who owns what of a part changes. Since when is worth no write of its own: a session change would
// else write the Storage of the same manager.
func (o *Ownership) Differs(kind Kind) bool {
	return !o.of(kind, o.was).same(o.of(kind, o.want))
}

// Edits answers what a part's change means for the two records of its owners, before being nil for a part that is made.
func (o *Ownership) Edits(kind Kind, before, after map[string]any) Edits {
	w := &writing{kind: kind, was: o.of(kind, o.was), want: o.of(kind, o.want), before: before, after: after}
	annotation, _ := lookup(before, fields("metadata", "annotations", ManagedFieldsAnnotation)).(string)
	if annotation == "" && len(w.was) == 0 && len(w.want) == 0 {
		return nil
	}
	w.told, _ = readKept(annotation) // What cannot be read tells nothing.
	w.untold = annotation == "" || w.told.Whole && !o.alone
	w.entries = nativeOwners(kind, managedFieldsOf(before))
	w.changed = func(path fieldpath.Path) bool {
		return before == nil || differs(valueAt(before, path), valueAt(after, path))
	}
	whole := false
	if o.alone {
		for _, owner := range w.want {
			whole = whole || some(owner.fields, func(path fieldpath.Path) bool { return homeOf(path).kind == Datalab })
		}
	}
	return w.edits(annotation, whole)
}

// writing is a change of the owners of one part.
type writing struct {
	kind          Kind
	was, want     owners
	before, after map[string]any
	told          kept
	untold        bool // the part does not tell of its owners yet
	entries       native
	changed       func(fieldpath.Path) bool

	keep    owners // for whom this server writes
	claimed fieldpath.Set
	yielded fieldpath.Set
	lists   lists
	moves   moves
}

func (w *writing) edits(annotation string, whole bool) Edits {
	w.keep = owners{}
	w.keep.union(w.want)
	w.leaveOthers()
	if w.kind == Datalab {
		for _, list := range atomicLists {
			w.list(list)
		}
	}
	w.claim()
	next := kept{Owners: w.keep.encode(), Whole: whole}
	if w.kind == Datalab {
		next.Lists = &w.lists
	}
	var edits Edits
	if value := next.encode(); value != annotation {
		edits = append(edits, Edit{Op: OpSet, Path: fields("metadata", "annotations", ManagedFieldsAnnotation), Value: value})
	}
	if !w.moves.empty() {
		edits = append(edits, Edit{Op: OpOwn, Path: fields("metadata", "managedFields"), Value: w.moves.encode()})
	}
	return edits
}

func (o owners) union(other owners) {
	for id, owner := range other {
		o.add(id, owner.time, owner.fields)
	}
}

// leaveOthers leaves what others own on the part with them alone; unless the Workspace's manager of that name gave it up,
// or the value changes, which takes it from them anyway.
func (w *writing) leaveOthers() {
	for id, other := range w.entries.others {
		gone := fieldpath.NewSet()
		left := fieldpath.NewSet()
		for path := range other.fields.All() {
			served, _ := servedAt(w.kind, path)
			for _, name := range served {
				switch {
				case w.changed(path):
				case w.want.own(servedID(id), name):
					left.Insert(name)
				case w.was.own(servedID(id), name):
					gone.Insert(path)
				}
			}
		}
		w.moves.release(id, gone)
		if known := w.keep[servedID(id)]; known != nil && !left.Empty() {
			if known.fields = known.fields.Difference(left); known.fields.Empty() {
				delete(w.keep, servedID(id))
			}
		}
	}
}

// list decides on a list that is atomic on the part. While neither it nor its owners change, what is told of it stays.
func (w *writing) list(list atomicList) {
	of := func(_ ownerID, path fieldpath.Path) bool {
		h := homeOf(path)
		return h.list == list && (h.path == nil || valueAt(w.after, h.path) == nil)
	}
	not := func(id ownerID, path fieldpath.Path) bool { return !of(id, path) }
	was, want := w.was.only(of), w.want.only(of)
	changed := w.before == nil || list.differs(w.before, w.after)
	if !changed && !w.untold && was.same(want) {
		w.keep = w.keep.only(not)
		w.keep.union(decodeOwners(w.told.Owners).only(of))
		w.lists.copy(list, w.told.Lists)
		return
	}
	w.keep = w.keep.only(not)
	if !changed {
		var shared bool
		if want, shared = w.shareList(list, want); shared && len(want) == 0 {
			w.yielded.Insert(list.path())
			return // Who owns it on the part owns it here: there is nothing to tell.
		}
		w.claimed.Insert(list.path())
	}
	w.keep.union(want)
	w.lists.record(list, w.after, knownMembers(w.keep))
}

// shareList leaves a list that does not change to those who own it on the part and all of its items here, and answers the
// other owners. Who has given up an item cannot own the list on the part any more.
func (w *writing) shareList(list atomicList, want owners) (rest owners, shared bool) {
	rest = owners{}
	rest.union(want)
	for id, other := range w.entries.others {
		if !other.fields.Has(list.path()) {
			continue
		}
		whole := true
		for _, item := range list.items(w.after) {
			whole = whole && want.own(servedID(id), item.path)
		}
		if whole {
			shared = true
			delete(rest, servedID(id))
		} else {
			w.moves.release(id, fieldpath.NewSet(list.path()))
		}
	}
	return rest, shared
}

// claim makes this server own on the part what it writes for others, also what has that value already; and give up what it
// does not write any more, if somebody else owns it there.
func (w *writing) claim() {
	if w.before == nil {
		return // All of it is new, and so this server's.
	}
	for _, owner := range w.keep {
		for path := range owner.fields.All() {
			if h := homeOf(path); h.kind == w.kind && h.path != nil && !w.entries.ours.Has(h.path) {
				w.claimed.Insert(h.path)
			}
		}
	}
	if !w.claimed.Empty() {
		w.moves.Claim = sift(&w.claimed, w.before, w.after, func(before, after any) bool { return after != nil && !differs(before, after) })
	}
	for _, other := range w.entries.others {
		for path := range other.fields.All() {
			served, _ := servedAt(w.kind, path)
			if len(served) == 0 || !w.entries.ours.Has(path) || w.changed(path) {
				continue
			}
			if !w.keep.anyOwns(served[0]) && w.want.anyOwns(served[0]) && ownedBy(w.told, served[0]) {
				w.yielded.Insert(path)
			}
		}
	}
	w.moves.Yield = w.yielded.Intersection(w.entries.ours)
}

func ownedBy(told kept, path fieldpath.Path) bool {
	return decodeOwners(told.Owners).anyOwns(path)
}

func managedFieldsOf(object map[string]any) []metav1.ManagedFieldsEntry {
	var entries []metav1.ManagedFieldsEntry
	if err := read(lookup(object, fields("metadata", "managedFields")), &entries); err != nil {
		return nil
	}
	return entries
}
