package storage

import (
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// GuaranteedUpdate computes the desired workspace from what is there and writes what differs, again and again until nobody
// came in between. What was computed is never sent again.
func (b *Backend) GuaranteedUpdate(
	ctx context.Context, key string, destination runtime.Object, ignoreNotFound bool,
	preconditions *storage.Preconditions, tryUpdate storage.UpdateFunc, _ runtime.Object,
) error {
	name, err := b.parseKey(key)
	if err != nil {
		return err
	}
	backoff := conflictBackoff()
	for {
		s, err := b.attempt(ctx, key, name, ignoreNotFound, preconditions, tryUpdate)
		switch {
		case err == nil:
			*destination.(*eoepca.Workspace) = *s.workspace()
			return nil
		case !errors.Is(err, errMoved) && !(ignoreNotFound && storage.IsExist(err)):
			return err
		}
		if err := pause(ctx, &backoff); err != nil {
			return b.readError(err)
		}
	}
}

// attempt is one round of GuaranteedUpdate; errMoved asks for another.
func (b *Backend) attempt(
	ctx context.Context, key string, name types.NamespacedName, ignoreNotFound bool,
	preconditions *storage.Preconditions, tryUpdate storage.UpdateFunc,
) (*snapshot, error) {
	s, err := b.readSettled(ctx, name)
	if err != nil {
		return nil, b.readError(err)
	}
	if s == nil {
		if !ignoreNotFound {
			return nil, storage.NewKeyNotFoundError(key, 0)
		}
		desired, _, err := tryUpdate(&eoepca.Workspace{}, storage.ResponseMeta{})
		if err != nil {
			return nil, err
		}
		return b.create(ctx, name, desired.(*eoepca.Workspace))
	}
	current := s.workspace()
	if err := preconditions.Check(key, current); err != nil {
		return nil, err
	}
	// A copy: what is composed shares memory with the parts.
	desired, _, err := tryUpdate(current.DeepCopy(), storage.ResponseMeta{ResourceVersion: revisionOf(current)})
	if err != nil {
		return nil, err
	}
	ws := desired.(*eoepca.Workspace)
	if ws.DeletionTimestamp == nil { // What is deleted needs no other half.
		if err := legible(s.docs[storageKind]); err != nil {
			return nil, err
		}
	}
	return b.update(ctx, s, current, ws)
}

// readSettled reads a workspace that has no open intent. One that is open is brought to its end first; one that this server
// cannot read is not.
func (b *Backend) readSettled(ctx context.Context, key types.NamespacedName) (*snapshot, error) {
	backoff := conflictBackoff()
	for {
		s, err := b.readOnce(ctx, key)
		if err != nil || s == nil {
			return nil, err
		}
		intent := compose.OpenIntent(s.pair().typed(s.hasLabs))
		if intent == nil || s.docs[storageKind].GetDeletionTimestamp() != nil {
			return s, nil
		}
		if err := b.rollForward(ctx, s, intent); err != nil && pause(ctx, &backoff) != nil {
			return nil, apierrors.NewTimeoutError("an earlier change of the workspace cannot be finished: "+err.Error(), 1)
		}
	}
}

// legible fails for a Storage with an intent that this server cannot read: a write would take it away, unfinished.
func legible(doc *document) error {
	value := doc.GetAnnotations()[compose.IntentAnnotation]
	if value == "" {
		return nil
	}
	if _, err := compose.DecodeIntent(value); err != nil {
		return apierrors.NewServiceUnavailable(err.Error())
	}
	return nil
}

// update writes what differs between two workspaces to the parts that it concerns.
func (b *Backend) update(ctx context.Context, s *snapshot, current, desired *eoepca.Workspace) (*snapshot, error) {
	c, err := b.plan(s, current, desired, s.hasLabs)
	if err != nil {
		return nil, err
	}
	if current.DeletionTimestamp == nil && desired.DeletionTimestamp != nil {
		return b.beginDeletion(ctx, s, c)
	}
	return b.write(ctx, s, c)
}

// write writes a change to the parts that it concerns.
func (b *Backend) write(ctx context.Context, s *snapshot, c *change) (*snapshot, error) {
	var err error
	switch {
	case c.touches(storageKind) && c.touches(datalabKind):
		s, err = b.writeBoth(ctx, s, c, c.intent(s))
	case c.touches(storageKind):
		s, err = b.writeOne(ctx, s, c, storageKind)
	case c.touches(datalabKind):
		if c.before[datalabKind] == nil {
			own(c.after[datalabKind], s.docs[storageKind])
		}
		s, err = b.writeOne(ctx, s, c, datalabKind)
	}
	if err != nil {
		return nil, err
	}
	if c.touches(datalabKind) && c.before[datalabKind] == nil {
		b.tellDatalabCreated(s.docs[storageKind])
	}
	return s, nil
}

// writeOne writes a change of one part.
func (b *Backend) writeOne(ctx context.Context, s *snapshot, c *change, kind partKind) (*snapshot, error) {
	doc, err := b.send(ctx, c, kind, false)
	if err != nil {
		return nil, b.sendError(ctx, err, kind, c)
	}
	if s = s.with(kind, doc); kind == datalabKind && answersPartly(ctx) {
		return s, nil
	}
	return b.complete(ctx, s)
}

// with is the snapshot with another version of one part.
func (s *snapshot) with(kind partKind, doc *document) *snapshot {
	next := *s
	next.docs[kind] = doc
	return &next
}

// complete brings the part that was not written last to the revision of the one that was, so that the answer to a write is
// a cut. The write has happened: if that cannot be had, the answer is what the writes have answered. The workspace is gone if
// the Storage was when the Datalab was written.
func (b *Backend) complete(ctx context.Context, s *snapshot) (*snapshot, error) {
	if !s.hasLabs {
		return s, nil
	}
	older := datalabKind
	if s.docs[datalabKind].rv() > s.docs[storageKind].rv() {
		older = storageKind
	}
	was, err := b.partAt(ctx, older, s.key, s.docs[older.other()].rv())
	switch {
	case err != nil:
		return s, nil
	case was == nil && older == storageKind:
		return nil, errMoved
	case older == datalabKind && vanished(s.docs[datalabKind], was):
		return b.answerLoss(ctx, s.with(older, was))
	}
	return s.with(older, was), nil
}

// DryRunCreate asks the parts what they would say to a new workspace, and writes nothing.
func (b *Backend) DryRunCreate(ctx context.Context, ws *eoepca.Workspace) error {
	hasLabs, err := b.served(ctx)
	if err != nil {
		return b.readError(err)
	}
	c, err := b.plan(nil, nil, ws, hasLabs)
	if err != nil {
		return err
	}
	return movedError(b.ask(ctx, c, storageKind, datalabKind), ws.Name)
}

// DryRunUpdate asks the parts what they would say to a change of a workspace, and writes nothing.
func (b *Backend) DryRunUpdate(ctx context.Context, ws, old *eoepca.Workspace) error {
	s, err := b.read(ctx, types.NamespacedName{Namespace: old.Namespace, Name: old.Name})
	if err != nil {
		return b.readError(err)
	}
	if s == nil {
		return storage.NewKeyNotFoundError(b.keyOf(old), 0)
	}
	c, err := b.plan(s, old, ws, s.hasLabs)
	if err != nil {
		return err
	}
	return movedError(b.ask(ctx, c, storageKind, datalabKind), ws.Name)
}
