package storage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// history is what etcd has seen: one write per revision, from revision 1 on.
type history []historyWrite

type historyWrite struct {
	kind  partKind
	event partEvent
}

// randomHistory writes, changes and deletes the parts of a few workspaces.
func randomHistory(random *rand.Rand, writes int) history {
	var h history
	exists := map[partKind]map[string]part{storageKind: {}, datalabKind: {}}
	for rv := uint64(1); rv <= uint64(writes); rv++ {
		kind := partKind(random.IntN(int(numKinds)))
		name := string(rune('a' + random.IntN(4)))
		p := exists[kind][name]
		deleted := p != nil && random.IntN(4) == 0
		next := newPart(kind, name, rv)
		next.SetUID(types.UID(fmt.Sprintf("%s-%s-%d", kind, name, rv)))
		if p != nil {
			next.SetUID(p.GetUID())
		}
		p = next
		exists[kind][name] = p
		if deleted {
			delete(exists[kind], name)
		}
		h = append(h, historyWrite{kind, partEvent{key: keyOf(p), rv: rv, part: p, deleted: deleted}})
	}
	return h
}

func newPart(kind partKind, name string, rv uint64) part {
	meta := metav1.ObjectMeta{Namespace: "ns", Name: name, UID: types.UID(fmt.Sprintf("%s-%s", kind, name)), ResourceVersion: formatRevision(rv), Generation: int64(rv)}
	if kind == storageKind {
		return &storagev1beta1.Storage{ObjectMeta: meta}
	}
	return &datalabv1beta2.Datalab{ObjectMeta: meta}
}

// at is the state after a revision.
func (h history) at(rv uint64) (parts [numKinds][]part) {
	for _, write := range h {
		if write.event.rv > rv {
			break
		}
		kind := write.kind
		parts[kind] = slices.DeleteFunc(parts[kind], func(p part) bool { return keyOf(p) == write.event.key })
		if !write.event.deleted {
			parts[kind] = append(parts[kind], write.event.part)
		}
	}
	return parts
}

// replay feeds a merger that starts at a revision with the rest of the history, each kind's stream in order and the two
// interleaved at random, and answers what comes out, as text.
func (h history) replay(t *testing.T, random *rand.Rand, from uint64) []string {
	t.Helper()
	m := newMerger(from, h.at(from), true)
	var queues [numKinds][]partEvent
	for _, write := range h {
		if write.event.rv > from {
			queues[write.kind] = append(queues[write.kind], write.event)
		}
	}
	var emitted []string
	last := from
	emit := func(e mergedEvent) {
		if e.rv <= last {
			t.Fatalf("revision %d came after %d", e.rv, last)
		}
		last = e.rv
		emitted = append(emitted, describe(e))
	}
	end := uint64(len(h))
	for len(queues[storageKind])+len(queues[datalabKind]) > 0 {
		kind := partKind(random.IntN(int(numKinds)))
		switch queue := queues[kind]; {
		case random.IntN(5) == 0 && len(queue) > 0:
			m.proven(kind, queue[0].rv-1)
		case len(queue) == 0:
			m.proven(kind, end)
		default:
			m.add(kind, queue[0])
			queues[kind] = queue[1:]
		}
		if released := m.release(emit); released < last {
			t.Fatalf("complete up to %d, but %d was emitted", released, last)
		}
	}
	m.proven(storageKind, end)
	m.proven(datalabKind, end)
	if released := m.release(emit); released != end {
		t.Fatalf("complete up to %d of %d when both streams are", released, end)
	}
	return emitted
}

func describe(e mergedEvent) string {
	text := fmt.Sprintf("%d %s %s", e.rv, e.kind, e.key.Name)
	for kind, p := range e.pair.parts {
		if p != nil {
			text += fmt.Sprintf(" %s@%s", partKind(kind), p.GetResourceVersion())
		}
	}
	return text
}

func TestEveryInterleavingOfTheStreamsGivesTheSameSequence(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 1))
		h := randomHistory(random, 60)
		want := h.replay(t, random, 0)
		for range 5 {
			if diff := cmp.Diff(want, h.replay(t, random, 0)); diff != "" {
				t.Fatalf("seed %d: another interleaving gives another sequence:\n%s", seed, diff)
			}
		}
	}
}

func TestWhoResumesAtAnyRevisionSeesTheRest(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 2))
		h := randomHistory(random, 60)
		all := h.replay(t, random, 0)
		from := uint64(random.IntN(60))
		var rest []string
		for _, line := range all {
			var rv uint64
			if _, err := fmt.Sscan(line, &rv); err == nil && rv > from {
				rest = append(rest, line)
			}
		}
		if diff := cmp.Diff(rest, h.replay(t, random, from)); diff != "" {
			t.Fatalf("seed %d, resumed at %d:\n%s", seed, from, diff)
		}
	}
}

func TestAnEventWaitsUntilTheOtherStreamHasPassedIt(t *testing.T) {
	m := newMerger(10, [numKinds][]part{}, true)
	var emitted []string
	emit := func(e mergedEvent) { emitted = append(emitted, describe(e)) }

	m.add(storageKind, partEvent{key: keyOf(newPart(storageKind, "a", 12)), rv: 12, part: newPart(storageKind, "a", 12)})
	if released := m.release(emit); len(emitted) != 0 || released != 10 {
		t.Fatalf("released %v at %d before the Datalabs have passed 12", emitted, released)
	}
	if kind, waits := m.waitingFor(); !waits || kind != datalabKind {
		t.Fatalf("waits for %s (%v), want for the Datalabs", kind, waits)
	}
	m.proven(datalabKind, 15)
	if released := m.release(emit); len(emitted) != 1 || released != 12 {
		t.Fatalf("released %v at %d, want one event, complete to 12", emitted, released)
	}
	if kind, waits := m.waitingFor(); waits {
		t.Fatalf("waits for %s with nothing to wait", kind)
	}
}

func TestAWorkspaceExistsWhenItsStorageDoes(t *testing.T) {
	m := newMerger(0, [numKinds][]part{}, true)
	var got []watch.EventType
	step := func(kind partKind, rv uint64, deleted bool) {
		p := newPart(kind, "a", rv)
		m.add(kind, partEvent{key: keyOf(p), rv: rv, part: p, deleted: deleted})
		m.proven(storageKind, rv)
		m.proven(datalabKind, rv)
		m.release(func(e mergedEvent) { got = append(got, e.kind) })
	}
	step(datalabKind, 1, false) // a Datalab alone is nothing
	step(storageKind, 2, false)
	step(datalabKind, 3, true)
	step(datalabKind, 4, false)
	step(storageKind, 5, true)
	step(datalabKind, 6, true)
	want := []watch.EventType{watch.Added, watch.Modified, watch.Modified, watch.Deleted}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
	if len(m.pairs) != 0 {
		t.Fatalf("%d pairs are left of nothing", len(m.pairs))
	}
}

func TestALostDatalabNeverTakesTheGenerationBack(t *testing.T) {
	storage, lab := newPart(storageKind, "a", 5), newPart(datalabKind, "a", 6)
	m := newMerger(6, [numKinds][]part{{storage}, {lab}}, true)
	before := m.pairs[keyOf(storage)].compose(true).Generation
	m.add(datalabKind, partEvent{key: keyOf(lab), rv: 7, part: lab, deleted: true})
	m.proven(storageKind, 7)
	var event mergedEvent
	m.release(func(e mergedEvent) { event = e })
	if len(event.pair.losses) != 1 || event.pair.losses[0].rv != 7 {
		t.Errorf("the losses are %v, want one at 7", event.pair.losses)
	}
	if after := event.pair.compose(true).Generation; after < before {
		t.Errorf("generation went from %d back to %d", before, after)
	}
	if storage.GetAnnotations()[compose.AbsenceAnnotation] != "" {
		t.Error("the Storage that others may hold was changed")
	}
	t.Run("whoever else writes the Storage before it is marked", func(t *testing.T) {
		m.add(storageKind, partEvent{key: keyOf(storage), rv: 8, part: newPart(storageKind, "a", 8)})
		m.proven(datalabKind, 8)
		m.release(func(e mergedEvent) { event = e })
		if after := event.pair.compose(true).Generation; after < before {
			t.Errorf("generation went from %d back to %d", before, after)
		}
		if len(event.pair.losses) != 1 {
			t.Errorf("the losses are %v, want the one that is yet to be marked", event.pair.losses)
		}
	})
	t.Run("nor once it is marked", func(t *testing.T) {
		marked := newPart(storageKind, "a", 9)
		marked.SetAnnotations(event.pair.parts[storageKind].GetAnnotations())
		m.add(storageKind, partEvent{key: keyOf(storage), rv: 9, part: marked})
		m.proven(datalabKind, 9)
		m.release(func(e mergedEvent) { event = e })
		if after := event.pair.compose(true).Generation; after < before {
			t.Errorf("generation went from %d back to %d", before, after)
		}
		if len(event.pair.losses) != 0 {
			t.Errorf("the losses are %v, want none", event.pair.losses)
		}
	})
}

func TestAKindThatIsNotThereIsNotWaitedFor(t *testing.T) {
	m := newMerger(1, [numKinds][]part{}, false)
	p := newPart(storageKind, "a", 2)
	m.add(storageKind, partEvent{key: keyOf(p), rv: 2, part: p})
	emitted := 0
	if released := m.release(func(mergedEvent) { emitted++ }); emitted != 1 || released != 2 {
		t.Fatalf("%d events, complete to %d; want 1 and 2", emitted, released)
	}
}

func TestWhatIsReleasedIsNotKept(t *testing.T) {
	m := newMerger(1, [numKinds][]part{}, false)
	for rv := uint64(2); rv < 10; rv++ {
		p := newPart(storageKind, "a", rv)
		m.add(storageKind, partEvent{key: keyOf(p), rv: rv, part: p})
	}
	queue := m.queues[storageKind]
	m.release(func(mergedEvent) {})
	for _, event := range queue {
		if event.part != nil {
			t.Errorf("the queue still holds what was released at %d", event.rv)
		}
	}
}

// A watch that begins anew takes over what the one before it knew of vanished Datalabs, and no version goes back.
func TestALossOutlivesTheWatchThatSawIt(t *testing.T) {
	lab := newPart(datalabKind, "a", 6)
	before := newMerger(6, [numKinds][]part{{newPart(storageKind, "a", 5)}, {lab}}, true)
	before.add(datalabKind, partEvent{key: keyOf(lab), rv: 7, part: lab, deleted: true})
	before.proven(storageKind, 7)
	before.release(func(mergedEvent) {})
	marked := newPart(storageKind, "a", 8)
	marked.SetAnnotations(before.pairs[keyOf(lab)].parts[storageKind].GetAnnotations())
	another := newPart(storageKind, "a", 8)
	another.SetUID("another")

	for name, c := range map[string]struct {
		parts [numKinds][]part
		want  int
	}{
		"the Storage does not say so yet":   {[numKinds][]part{{newPart(storageKind, "a", 5)}}, 1},
		"and there is a Datalab again":      {[numKinds][]part{{newPart(storageKind, "a", 5)}, {newPart(datalabKind, "a", 8)}}, 1},
		"it does":                           {[numKinds][]part{{marked}}, 0},
		"it is another Storage":             {[numKinds][]part{{another}}, 0},
		"it is gone, and a Datalab is left": {[numKinds][]part{{}, {newPart(datalabKind, "a", 8)}}, 0},
	} {
		m := newMerger(9, c.parts, true)
		m.mourn(before.pairs)
		p := m.pairs[keyOf(lab)]
		if len(p.losses) != c.want {
			t.Errorf("%s: the losses are %v, want %d", name, p.losses, c.want)
			continue
		}
		if c.want > 0 && p.compose(true).ResourceVersion < "7" {
			t.Errorf("%s: the version is %s after one of 7", name, p.compose(true).ResourceVersion)
		}
	}
}
