package storage

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"

	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

const (
	// openFor is how long an intent stays open before a replica other than its writer ends it.
	openFor = 2 * time.Second
	// lostFor is how long the collector or a writer is given to change a Storage that lost its Datalab.
	lostFor = 200 * time.Millisecond
	// lostLastFor is the same for a Storage that is being deleted: most go at once, and what has gone needs no mark.
	lostLastFor = 10 * time.Second
	// begunFor is how long a deletion may be begun and not carried out before it is undone: longer than anybody tries to.
	begunFor = settleTimeout + 10*time.Second

	choreWorkers = 4
)

// chores are what is left to do on workspaces when their writers are gone: intents to be ended, absences to be marked,
// deletions to be gone on with.
// Every replica does them, and it does no harm that two do the same.
type chores struct {
	backend *Backend
	queue   workqueue.TypedRateLimitingInterface[types.NamespacedName]
}

func newChores(b *Backend) *chores {
	return &chores{
		backend: b,
		queue:   workqueue.NewTypedRateLimitingQueue(workqueue.NewTypedItemExponentialFailureRateLimiter[types.NamespacedName](100*time.Millisecond, 10*time.Second)),
	}
}

// observe looks at a workspace as the watch shows it for something to be done.
func (c *chores) observe(key types.NamespacedName, p pair) {
	if wait, due := p.chore(); due {
		c.queue.AddAfter(key, wait)
	}
}

// chore says whether something is to be done on a workspace, and after how long, if nobody else has done it by then.
func (p pair) chore() (wait time.Duration, due bool) {
	storage, ok := p.parts[storageKind].(*storagev1beta1.Storage)
	switch {
	case !ok:
		return 0, false
	case keepsDatalab(storage):
		return 0, true
	case len(p.losses) > 0 && storage.DeletionTimestamp != nil:
		return lostLastFor, true
	case len(p.losses) > 0:
		return lostFor, true
	case storage.DeletionTimestamp != nil:
		return 0, false
	case deletionBegun(storage):
		return begunFor, true
	case compose.OpenIntent(p.typed(true)) != nil:
		return openFor, true
	}
	return 0, false
}

func deletionBegun(storage *storagev1beta1.Storage) bool {
	_, begun := compose.DeletionBegun(storage)
	return begun
}

// seenDone says whether the watch has shown by now that nothing is left to do: most writers end their intents themselves.
func (c *chores) seenDone(key types.NamespacedName) bool {
	live := c.backend.live.Load()
	if live == nil || live.lag() != nil {
		return false
	}
	_, due := live.known(key).chore()
	return !due
}

// run does chores until the context ends.
func (c *chores) run(ctx context.Context) {
	var workers sync.WaitGroup
	for range choreWorkers {
		workers.Go(func() {
			for c.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	c.queue.ShutDown()
	workers.Wait()
}

func (c *chores) next(ctx context.Context) bool {
	key, down := c.queue.Get()
	if down {
		return false
	}
	defer c.queue.Done(key)
	ctx, cancel := context.WithTimeout(ctx, settleTimeout)
	defer cancel()
	if err := c.do(ctx, key); err != nil {
		klog.FromContext(ctx).V(2).Info("Chore is tried again", "workspace", key.String(), "reason", err.Error())
		c.queue.AddRateLimited(key)
		return true
	}
	c.queue.Forget(key)
	return true
}

// do looks at the workspace as it is now, and does what is to be done.
func (c *chores) do(ctx context.Context, key types.NamespacedName) error {
	if c.seenDone(key) {
		return nil
	}
	b := c.backend
	s, err := b.readLive(ctx, key)
	if err != nil || s == nil {
		return err
	}
	storage := s.docs[storageKind]
	if err := b.letGo(ctx, s); err != nil {
		return err
	}
	if live := b.live.Load(); live != nil {
		if p := live.known(key); p.unmarked(storage) {
			return b.mark(ctx, storage, p)
		}
	}
	if storage.GetDeletionTimestamp() != nil {
		return nil
	}
	if since, begun := compose.DeletionBegun(storage); begun {
		if wait := begunFor - time.Since(since); wait > 0 { // It is looked at for another reason.
			c.queue.AddAfter(key, wait)
			return nil
		}
		return b.undoDeletion(ctx, storage)
	}
	if intent := compose.OpenIntent(s.pair().typed(s.hasLabs)); intent != nil {
		return c.settle(ctx, s, intent)
	}
	return nil
}

func (c *chores) settle(ctx context.Context, s *snapshot, intent *compose.Intent) error {
	err := c.backend.rollForward(ctx, s, intent)
	var refused refusal
	switch {
	case errors.As(err, &refused):
		klog.FromContext(ctx).Info("Undid a write that its writer had left open and the Datalab refuses", "workspace", s.key.String(), "reason", refused.Error())
		return nil
	case errors.Is(err, errMoved):
		return nil
	}
	return err
}

// mark writes the marks of losses to the Storage.
func (b *Backend) mark(ctx context.Context, doc *document, p pair) error {
	return b.markLoss(ctx, doc, p.marked(doc.part.(*storagev1beta1.Storage)))
}

// markAbsence writes to the Storage that its Datalab is gone, so that no later version is lower than an earlier one.
func (b *Backend) markAbsence(ctx context.Context, s *snapshot, lost *document) error {
	marked := compose.MarkAbsence(s.docs[storageKind].part.(*storagev1beta1.Storage), lost.part.(*datalabv1beta2.Datalab), lost.rv())
	return b.markLoss(ctx, s.docs[storageKind], marked)
}

func (b *Backend) markLoss(ctx context.Context, doc *document, marked *storagev1beta1.Storage) error {
	err := b.annotate(ctx, doc, marked.Annotations)
	switch {
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return nil // It is another Storage now, or there is none: whoever made it so has seen to it, or the next reader will.
	case err == nil && marked != doc.part && doc.GetDeletionTimestamp() == nil:
		b.tellDatalabMissing(doc)
	}
	return err
}

// annotate gives the Storage other annotations, unless it has changed or gone in the meantime.
func (b *Backend) annotate(ctx context.Context, doc *document, annotations map[string]string) error {
	_, err := b.revise(ctx, storageKind, doc, func(object *unstructured.Unstructured) error {
		object.SetAnnotations(annotations)
		return nil
	})
	return err
}
