package storage

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// snapshot is one workspace's parts as they stood side by side at one revision, in full.
type snapshot struct {
	key     types.NamespacedName
	docs    [numKinds]*document
	hasLabs bool
}

// workspace composes the snapshot.
func (s *snapshot) workspace() *eoepca.Workspace { return s.pair().compose(s.hasLabs) }

// doc is a part of the snapshot, nil if it is not there or there is no snapshot.
func (s *snapshot) doc(kind partKind) *document {
	if s == nil {
		return nil
	}
	return s.docs[kind]
}

func (s *snapshot) pair() pair {
	var p pair
	for kind, doc := range s.docs {
		if doc != nil {
			p.parts[kind] = doc.part
		}
	}
	return p
}

// read reads both parts live, as a cut: nothing that had been written before the call is missing from it, and the two
// did stand side by side. It answers nil when there is no Storage, and so no workspace.
func (b *Backend) read(ctx context.Context, key types.NamespacedName) (*snapshot, error) {
	if b.isFenced(key.Namespace) {
		return nil, nil
	}
	backoff := conflictBackoff()
	caughtUp := false
	for attempt := 0; ; attempt++ {
		s, err := b.readLive(ctx, key)
		if err != nil || s == nil || b.hasSeen(s) {
			return s, err
		}
		if !caughtUp && b.mustCatchUp(s) {
			if err := b.catchUp(ctx); err != nil {
				return nil, err
			}
			caughtUp = true
			continue
		}
		if attempt < lossReads && b.hasLost(s) {
			switch final, err := b.noteLoss(ctx, s, &backoff); {
			case err != nil:
				return nil, err
			case final:
				return s, nil
			}
			continue
		}
		exact, err := b.align(ctx, s)
		if err != nil {
			return nil, err
		}
		if exact {
			return s, nil
		}
	}
}

// mustCatchUp says whether a live read that found no Datalab has to wait for the joined watch: an absence has no version, and
// whether there was one a moment ago only the watch can tell. Without fences that takes seconds, which is worth it only where
// the Datalab is expected: nobody may take one that is gone for one that is yet to be made.
func (b *Backend) mustCatchUp(s *snapshot) bool {
	if !s.hasLabs || s.docs[datalabKind] != nil {
		return false
	}
	if b.fences[storageKind].enabled() && b.fences[datalabKind].enabled() {
		return true
	}
	intent := compose.OpenIntent(s.pair().typed(s.hasLabs))
	return intent != nil && intent.CreatesDatalab
}

// catchUp waits until the joined watch has told of all that had been written before the call.
func (b *Backend) catchUp(ctx context.Context) error {
	rv, err := b.currentRevision(ctx)
	if err != nil {
		return err
	}
	return b.awaitReleased(ctx, rv)
}

// awaitReleased waits until the joined watch has come to a revision, as long as one can wait for a watch that is connected.
func (b *Backend) awaitReleased(ctx context.Context, rv uint64) error {
	backoff := conflictBackoff()
	for range lossReads {
		live := b.live.Load()
		if live == nil || live.releasedTo() >= rv {
			return nil
		}
		live.requestProgress()
		if err := pause(ctx, &backoff); err != nil {
			return err
		}
	}
	return nil
}

// lossReads is how often a workspace is read to learn from the joined watch what became of its Datalab. A watch that does
// not say so by then is disconnected.
const lossReads = 30

// hasLost says whether the joined watch knows of a Datalab that was there and has gone, and the Storage does not say so; or of
// one that is there, and a live read has not found it.
func (b *Backend) hasLost(s *snapshot) bool {
	live := b.live.Load()
	if live == nil {
		return false
	}
	p := live.known(s.key)
	return p.unmarked(s.docs[storageKind]) || s.hasLabs && s.docs[datalabKind] == nil && p.parts[datalabKind] != nil
}

// noteLoss writes to the Storage that its Datalab is gone, as the joined watch will have seen it: nothing that lives has
// a version that says so. Whoever only reads does not depend on that: while it cannot be written, he is answered as if it were.
func (b *Backend) noteLoss(ctx context.Context, s *snapshot, backoff *wait.Backoff) (final bool, err error) {
	live, doc := b.live.Load(), s.docs[storageKind]
	p := live.known(s.key)
	if !p.unmarked(doc) {
		live.requestProgress()
		return false, pause(ctx, backoff)
	}
	err = b.mark(ctx, doc, p)
	if err == nil || ctx.Err() != nil || s.docs[datalabKind] != nil {
		return false, err
	}
	s.docs[storageKind] = &document{part: p.marked(doc.part.(*storagev1beta1.Storage)), raw: doc.raw}
	return true, nil
}

// readLive reads both parts in parallel. They need not have stood side by side.
func (b *Backend) readLive(ctx context.Context, key types.NamespacedName) (*snapshot, error) {
	hasLabs, err := b.served(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{key: key, hasLabs: hasLabs}
	var known pair
	if live := b.live.Load(); live != nil {
		known = live.known(key)
	}
	if len(known.losses) > 0 {
		known = pair{} // The Storage there bears a mark that the stored one does not bear yet.
	}
	var group errgroup.Group
	if hasLabs {
		group.Go(func() (err error) {
			s.docs[datalabKind], err = b.clients[datalabKind].getKnown(ctx, key.Namespace, key.Name, known.parts[datalabKind])
			return err
		})
	}
	s.docs[storageKind], err = b.clients[storageKind].getKnown(ctx, key.Namespace, key.Name, known.parts[storageKind])
	if err := cmp.Or(err, group.Wait()); err != nil || s.docs[storageKind] == nil {
		return nil, err
	}
	return s, nil
}

// align brings the older part of a live read to the revision of the newer. It answers false when the parts have moved on
// in a way that wants a new read.
func (b *Backend) align(ctx context.Context, s *snapshot) (bool, error) {
	if !s.hasLabs {
		return true, nil
	}
	older := datalabKind
	if s.docs[datalabKind].rv() > s.docs[storageKind].rv() {
		older = storageKind
	}
	newest := s.docs[older.other()].rv()
	was, err := b.partAt(ctx, older, s.key, newest)
	switch {
	case apierrors.IsResourceExpired(err) && s.docs[older] == nil:
		// Had there been a Datalab at a version this old, its end would long have been marked.
		return true, nil
	case apierrors.IsResourceExpired(err):
		return false, nil // The older part has changed since it was read.
	case err != nil:
		return false, err
	case was == nil && older == storageKind:
		return false, nil // The Storage went between the two reads.
	case was != nil && s.docs[older] == nil:
		// The Datalab went after the Storage's last change, and nothing that lives has a version that says so.
		return false, b.markAbsence(ctx, s, was)
	}
	s.docs[older] = was
	return true, nil
}

// partAt reads a part as it was at a revision of the other. A live part that is older than the revision is what it was
// then; history is asked only for others.
func (b *Backend) partAt(ctx context.Context, kind partKind, key types.NamespacedName, rv uint64) (*document, error) {
	live, err := b.clients[kind].get(ctx, key.Namespace, key.Name)
	if err != nil {
		return nil, err
	}
	if live != nil && live.rv() <= rv {
		return live, nil
	}
	return b.clients[kind].getExact(ctx, key.Namespace, key.Name, rv)
}

// hasSeen says whether the joined watch has seen just these versions side by side. An absence has no version to be seen.
func (b *Backend) hasSeen(s *snapshot) bool {
	live := b.live.Load()
	return live != nil && s.docs[datalabKind] != nil && live.hasLabs == s.hasLabs &&
		live.hasSeen(s.key, [numKinds]uint64{s.docs[storageKind].rv(), s.docs[datalabKind].rv()})
}

// parseKey splits a storage key, /<prefix>/<namespace>/<name>, of which the last one or two may be missing.
func (b *Backend) parseKey(key string) (types.NamespacedName, error) {
	rest, ok := strings.CutPrefix(key, b.prefix)
	if !ok {
		return types.NamespacedName{}, fmt.Errorf("key %q is not under %q", key, b.prefix)
	}
	namespace, name, _ := strings.Cut(strings.Trim(rest, "/"), "/")
	return types.NamespacedName{Namespace: namespace, Name: name}, nil
}
