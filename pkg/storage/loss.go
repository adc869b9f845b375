package storage

import (
	"context"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// loss is the end of a Datalab whose Storage lives on. No version of a part tells of it until the Storage is marked.
type loss struct {
	lab *datalabv1beta2.Datalab
	rv  uint64
}

// marked is the Storage with the marks of all losses that it does not bear yet; the very same Storage if there are none.
func (p pair) marked(storage *storagev1beta1.Storage) *storagev1beta1.Storage {
	for _, l := range p.losses {
		storage = compose.MarkAbsence(storage, l.lab, l.rv)
	}
	return storage
}

// unmarked says whether the Storage, as it was read, lacks the mark of a loss.
func (p pair) unmarked(doc *document) bool {
	storage, known := doc.part.(*storagev1beta1.Storage), p.parts[storageKind]
	return known != nil && known.GetUID() == storage.UID && p.marked(storage) != storage
}

// lose notes a loss, which the Storage here bears from now on, as the stored one soon will.
func (p *pair) lose(lab *datalabv1beta2.Datalab, rv uint64) {
	p.losses = append(p.losses[:len(p.losses):len(p.losses)], loss{lab, rv})
	p.parts[storageKind] = p.marked(p.parts[storageKind].(*storagev1beta1.Storage))
}

// inherit takes over the losses of which an earlier watch knew and the same Storage does not say so yet.
func (p *pair) inherit(was *pair) {
	for _, l := range was.losses {
		storage := p.parts[storageKind].(*storagev1beta1.Storage)
		if was.parts[storageKind].GetUID() == storage.UID && compose.MarkAbsence(storage, l.lab, l.rv) != storage {
			p.lose(l.lab, l.rv)
		}
	}
}

// follow keeps what versions alone do not tell.
func (p *pair) follow(kind partKind, event partEvent) {
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
		p.lose(event.part.(*datalabv1beta2.Datalab), event.rv)
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
