package storage

import (
	"math"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// always is the progress of a kind that the cluster does not have: nothing of it can be outstanding.
const always = uint64(math.MaxUint64)

// partEvent is a change of one part, with the revision that made it.
type partEvent struct {
	key     types.NamespacedName
	rv      uint64
	part    part // the part after the change; before it, if deleted
	deleted bool
}

// pair is what is known of one workspace at the released revision.
type pair struct {
	parts [numKinds]part
	// losses are the Datalabs that vanished, until the Storage says so. The Storage here does already.
	losses []loss
}

// mergedEvent is one change of a workspace: its pair before and after.
type mergedEvent struct {
	key  types.NamespacedName
	rv   uint64
	kind watch.EventType // Added, Modified or Deleted
	pair pair            // the pair after the change; before it, if deleted
}

// merger joins the two kinds' streams into one, ordered by revision. Each stream is ordered and complete, but they are
// not ordered relative to each other; so an event is held back until the other stream is proven to have passed its revision.
// What comes out depends on etcd's history alone and is the same on every replica.
type merger struct {
	pairs    map[types.NamespacedName]*pair
	index    *index
	lost     *lossLog
	progress [numKinds]uint64
	queues   [numKinds][]partEvent
	released uint64
}

// newMerger starts from the parts as they were at one revision. A kind that the cluster does not have counts as complete.
func newMerger(rv uint64, parts [numKinds][]part, hasDatalabs bool) *merger {
	m := &merger{
		pairs:    make(map[types.NamespacedName]*pair, len(parts[storageKind])),
		index:    newIndex(),
		lost:     &lossLog{},
		released: rv,
	}
	for kind := range numKinds {
		m.progress[kind] = rv
		for _, p := range parts[kind] {
			pair := m.at(keyOf(p))
			pair.parts[kind] = p
			m.index.change(pair, nil, p)
		}
	}
	if !hasDatalabs {
		m.progress[datalabKind] = always
	}
	return m
}

func keyOf(p part) types.NamespacedName {
	return types.NamespacedName{Namespace: p.GetNamespace(), Name: p.GetName()}
}

func (m *merger) at(key types.NamespacedName) *pair {
	p := m.pairs[key]
	if p == nil {
		p = &pair{}
		m.pairs[key] = p
	}
	return p
}

// add takes the next event of a kind's stream. Events at or below the kind's progress have been seen before.
func (m *merger) add(kind partKind, event partEvent) {
	if event.rv <= m.progress[kind] {
		return
	}
	m.progress[kind] = event.rv
	m.queues[kind] = append(m.queues[kind], event)
}

// proven takes the word of a kind's stream that it is complete up to a revision.
func (m *merger) proven(kind partKind, rv uint64) {
	m.progress[kind] = max(m.progress[kind], rv)
}

// release hands out, in order, every event that the other stream has passed, and answers the revision up to which the joined
// stream is complete.
func (m *merger) release(emit func(mergedEvent)) uint64 {
	for {
		kind, ok := m.lowest()
		if !ok || m.progress[kind.other()] < m.queues[kind][0].rv {
			break
		}
		event := m.queues[kind][0]
		m.queues[kind][0] = partEvent{} // What is behind a slice stays as long as the slice does.
		m.queues[kind] = m.queues[kind][1:]
		m.released = event.rv
		if merged, visible := m.apply(kind, event); visible {
			emit(merged)
		}
	}
	m.released = max(m.released, m.complete())
	return m.released
}

// complete is the revision up to which both streams are complete and nothing waits.
func (m *merger) complete() uint64 {
	rv := min(m.progress[storageKind], m.progress[datalabKind])
	if kind, ok := m.lowest(); ok {
		rv = min(rv, m.queues[kind][0].rv-1)
	}
	return rv
}

func (m *merger) lowest() (partKind, bool) {
	s, d := m.queues[storageKind], m.queues[datalabKind]
	switch {
	case len(s) == 0 && len(d) == 0:
		return 0, false
	case len(d) == 0 || len(s) > 0 && s[0].rv < d[0].rv:
		return storageKind, true
	default:
		return datalabKind, true
	}
}

// waitingFor is the kind whose progress would release the lowest waiting event, if one waits.
func (m *merger) waitingFor() (partKind, bool) {
	kind, ok := m.lowest()
	return kind.other(), ok
}

// apply changes one pair, and answers what that is to those who see workspaces: a workspace exists when its Storage does.
func (m *merger) apply(kind partKind, event partEvent) (mergedEvent, bool) {
	p := m.at(event.key)
	before := *p
	if event.deleted {
		p.parts[kind] = nil
	} else {
		p.parts[kind] = event.part
	}
	m.index.change(p, before.parts[kind], p.parts[kind])
	m.follow(p, kind, event)
	after := *p
	if p.parts[storageKind] == nil && p.parts[datalabKind] == nil {
		delete(m.pairs, event.key)
	}
	merged := mergedEvent{key: event.key, rv: event.rv, pair: after}
	switch existed, exists := before.parts[storageKind] != nil, after.parts[storageKind] != nil; {
	case existed && exists:
		merged.kind = watch.Modified
	case exists:
		merged.kind = watch.Added
	case existed:
		merged.kind, merged.pair = watch.Deleted, before
	default:
		return mergedEvent{}, false
	}
	return merged, true
}

// mourn notes the Datalabs that went while nobody watched: known before, newer than the Storage, and no longer there; and those of
// which it was known already, and the Storage does not say so yet.
func (m *merger) mourn(before map[types.NamespacedName]*pair) {
	for key, p := range m.pairs {
		was := before[key]
		storage, living := p.parts[storageKind].(*storagev1beta1.Storage)
		if was == nil || !living {
			continue
		}
		p.inherit(was)
		if p.parts[datalabKind] != nil {
			continue
		}
		if lab, ok := was.parts[datalabKind].(*datalabv1beta2.Datalab); ok && revisionOf(lab) > revisionOf(storage) {
			m.lose(p, lab, m.released)
		}
	}
}
