package storage

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

func versions(list []*eoepca.Workspace) (texts []string) {
	for _, ws := range list {
		texts = append(texts, fmt.Sprintf("%s@%s generation %d", ws.Name, ws.ResourceVersion, ws.Generation))
	}
	return texts
}

// What somebody lists at a revision is what somebody who watches has at that revision, also when Datalabs vanish and no
// Storage has been marked yet, and also after the watch had to begin anew.
func TestAListOfThePastShowsWhatTheWatchShowedThen(t *testing.T) {
	for seed := range uint64(100) {
		random := rand.New(rand.NewPCG(seed, 1))
		h := randomHistory(random, 60)
		log := &lossLog{}
		m := newMerger(0, h.at(0), true)
		m.lost = log
		restart := 1 + random.Uint64N(60)
		seen := map[types.NamespacedName]*eoepca.Workspace{}
		for _, write := range h {
			rv := write.event.rv
			if rv == restart {
				before := m.pairs
				m = newMerger(rv-1, h.at(rv-1), true)
				m.lost = log
				m.mourn(before)
			}
			m.add(write.kind, write.event)
			m.proven(write.kind.other(), rv)
			m.release(func(e mergedEvent) {
				seen[e.key] = e.pair.compose(true)
				if e.kind == watch.Deleted {
					delete(seen, e.key)
				}
			})
			var watched []*eoepca.Workspace
			for _, name := range []string{"a", "b", "c", "d"} {
				if ws := seen[types.NamespacedName{Namespace: "ns", Name: name}]; ws != nil {
					watched = append(watched, ws)
				}
			}
			listed := (&cut{rv: rv, parts: h.at(rv), hasLabs: true}).workspaces(log)
			if diff := cmp.Diff(versions(watched), versions(listed)); diff != "" {
				t.Fatalf("seed %d, revision %d of %d, begun anew at %d: the watch shows (-), the list (+):\n%s", seed, rv, len(h), restart, diff)
			}
		}
		for rv := range uint64(len(h)) {
			cmpCuts(t, h, log, rv)
		}
	}
}

// cmpCuts makes sure that losses after a revision change nothing of what was at it.
func cmpCuts(t *testing.T, h history, log *lossLog, rv uint64) {
	t.Helper()
	then := &lossLog{entries: slices.DeleteFunc(slices.Clone(log.entries), func(e loggedLoss) bool { return e.rv > rv })}
	c := &cut{rv: rv, parts: h.at(rv), hasLabs: true}
	if diff := cmp.Diff(versions(c.workspaces(then)), versions(c.workspaces(log))); diff != "" {
		t.Fatalf("what vanished later shows at revision %d:\n%s", rv, diff)
	}
}

func TestOldLossesAreForgotten(t *testing.T) {
	lab := &datalabv1beta2.Datalab{}
	log := &lossLog{entries: []loggedLoss{
		{loss: newLoss(lab, 1), storage: "old", noted: time.Now().Add(-2 * historyWindow)},
		{loss: newLoss(lab, 2), storage: "recent", noted: time.Now()},
	}}
	log.note("new", newLoss(lab, 3))
	if losses := log.until(3); len(losses) != 2 || losses["old"] != nil {
		t.Errorf("remembers %v, want the recent and the new one", losses)
	}
	log.entries[0].noted = time.Now().Add(-2 * historyWindow)
	log.entries[1].noted = time.Now().Add(-2 * historyWindow)
	log.note("last", newLoss(lab, 4))
	if losses := log.until(4); len(losses) != 1 {
		t.Errorf("remembers %v, want the last one alone", losses)
	}
}

func TestALossLeavesNoMoreThanItsMarkTells(t *testing.T) {
	lab := newPart(datalabKind, "a", 6).(*datalabv1beta2.Datalab)
	lab.Annotations = map[string]string{compose.IntentIDAnnotation: "an-id", "other": "large"}
	storage := newPart(storageKind, "a", 5).(*storagev1beta1.Storage)
	intent, err := (&compose.Intent{ID: "an-id"}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	storage.Annotations = map[string]string{compose.IntentAnnotation: intent}
	got := bearing(storage, []loss{newLoss(lab, 7)})
	if diff := cmp.Diff(compose.MarkAbsence(storage, lab, 7), got); diff != "" {
		t.Errorf("marked with what is left of the Datalab, not as with the Datalab:\n%s", diff)
	}
	if left := newLoss(lab, 7).lab.Annotations; len(left) != 1 {
		t.Errorf("keeps %v", left)
	}
}
