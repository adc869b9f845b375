package storage

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// loss is the end of a Datalab whose Storage lives on. No version of a part tells of it until the Storage is marked.
type loss struct {
	lab *datalabv1beta2.Datalab // no more of it than a mark tells
	rv  uint64
}

func newLoss(lab *datalabv1beta2.Datalab, rv uint64) loss {
	meta := metav1.ObjectMeta{Generation: lab.Generation}
	if id, borne := lab.Annotations[compose.IntentIDAnnotation]; borne {
		meta.Annotations = map[string]string{compose.IntentIDAnnotation: id}
	}
	return loss{&datalabv1beta2.Datalab{ObjectMeta: meta}, rv}
}

// bearing is the Storage with the marks of those losses that it does not bear yet; the very same Storage if there are none.
func bearing(storage *storagev1beta1.Storage, losses []loss) *storagev1beta1.Storage {
	for _, l := range losses {
		storage = compose.MarkAbsence(storage, l.lab, l.rv)
	}
	return storage
}

// marked is the Storage as it bears all losses of the pair.
func (p pair) marked(storage *storagev1beta1.Storage) *storagev1beta1.Storage {
	return bearing(storage, p.losses)
}

// unmarked says whether the Storage, as it was read, lacks the mark of a loss.
func (p pair) unmarked(doc *document) bool {
	storage, known := doc.part.(*storagev1beta1.Storage), p.parts[storageKind]
	return known != nil && known.GetUID() == storage.UID && p.marked(storage) != storage
}

// lose adds losses, which the Storage here bears from now on, as the stored one soon will.
func (p *pair) lose(lost ...loss) {
	p.losses = append(p.losses[:len(p.losses):len(p.losses)], lost...)
	p.parts[storageKind] = p.marked(p.parts[storageKind].(*storagev1beta1.Storage))
}

// inherit takes over the losses of which an earlier watch knew and the same Storage does not say so yet.
func (p *pair) inherit(was *pair) {
	storage := p.parts[storageKind].(*storagev1beta1.Storage)
	if len(was.losses) > 0 && was.parts[storageKind].GetUID() == storage.UID && was.marked(storage) != storage {
		p.lose(was.losses...)
	}
}

// lose notes that the Datalab of a pair has vanished.
func (m *merger) lose(p *pair, lab *datalabv1beta2.Datalab, rv uint64) {
	lost := newLoss(lab, rv)
	p.lose(lost)
	m.lost.note(p.parts[storageKind].GetUID(), lost)
}

// follow keeps what versions alone do not tell.
func (m *merger) follow(p *pair, kind partKind, event partEvent) {
	storage, living := p.parts[storageKind].(*storagev1beta1.Storage)
	switch {
	case !living:
		p.losses = nil
	case kind == storageKind:
		marked := p.marked(storage)
		if marked == storage {
			p.losses = nil
		}
		p.parts[storageKind] = marked
	case event.deleted:
		m.lose(p, event.part.(*datalabv1beta2.Datalab), event.rv)
	}
}

// vanished says whether the Datalab that was there is not the one that there is, if there is one.
func vanished(was, now *document) bool {
	return was != nil && (now == nil || now.GetUID() != was.GetUID())
}

// answerLoss answers a write during which the Datalab vanished: as the workspace is once the joined watch has seen that.
func (b *Backend) answerLoss(ctx context.Context, s *snapshot) (*snapshot, error) {
	if err := b.awaitReleased(ctx, s.docs[storageKind].rv()); err != nil {
		return s, nil // The write has happened.
	}
	now, err := b.read(ctx, s.key)
	switch {
	case err != nil:
		return s, nil
	case now == nil:
		return nil, errMoved
	}
	return now, nil
}
