package storage

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// settleTimeout bounds how long a write that has begun is tried to be ended, whether or not its caller still waits.
const settleTimeout = 20 * time.Second

// writeBoth writes both parts as one: first the Storage, with the Datalab's change as its intent, and from then on every
// reader sees the whole; then the Datalab. What a crash leaves open, any replica can end.
func (b *Backend) writeBoth(ctx context.Context, s *snapshot, c *change, intent *compose.Intent) (*snapshot, error) {
	intent.ID = uuid.NewString()
	annotation, err := intent.Encode()
	if err != nil {
		return nil, err
	}
	if err := unstructured.SetNestedField(c.after[storageKind], annotation, "metadata", "annotations", compose.IntentAnnotation); err != nil {
		return nil, fmt.Errorf("note the intent on the Storage: %w", err)
	}
	// The Datalab is asked before anything is written. The Storage's write is the first: it speaks for itself.
	if err := b.ask(ctx, c, datalabKind); err != nil {
		return nil, err
	}
	// From here on the write is no longer the caller's to break off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	doc, err := b.send(ctx, c, storageKind, false)
	if err != nil {
		return nil, b.sendError(ctx, err, storageKind, c)
	}
	if s, _, err = b.settle(ctx, s.with(storageKind, doc), intent); err == nil {
		s, err = b.complete(ctx, s)
	}
	if err != nil {
		return nil, b.settleError(ctx, err, c.ws)
	}
	return s, nil
}

// refusal is the Datalab's answer to an intent, which was therefore undone.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func (b *Backend) settleError(ctx context.Context, err error, ws *eoepca.Workspace) error {
	var refused refusal
	switch {
	case errors.As(err, &refused):
		return b.writeError(refused.error, datalabKind, ws)
	case errors.Is(err, errMoved):
		return err
	}
	klog.FromContext(ctx).Info("A write that has begun is answered as timed out", "workspace", klog.KObj(ws), "reason", err.Error())
	return apierrors.NewServerTimeout(eoepca.Resource("workspaces"), "write", 1)
}

// rollForward ends an intent that another writer has left open.
func (b *Backend) rollForward(ctx context.Context, s *snapshot, intent *compose.Intent) error {
	first := false
	lab, err := b.taker(ctx, s.key, intent)
	if err == nil && lab != nil && !bears(lab, intent) && !intent.Awaits(lab) {
		return nil // it has been taken over, and whoever changed the Datalab since took the mark away
	}
	if err == nil {
		_, first, err = b.settle(ctx, s.with(datalabKind, lab), intent)
	}
	switch {
	case errors.Is(err, errEnded):
		return nil
	case err == nil && first:
		intentsEnded.WithLabelValues("finished").Inc()
		klog.FromContext(ctx).Info("Finished a write that its writer had left open", "workspace", s.key.String())
		b.tellRolledForward(s.docs[storageKind])
	}
	return err
}

// settle brings an open intent to its end: the Datalab takes it over, or refuses, and then it is undone. Several replicas may
// do so at once: whichever is first counts, and is told so.
func (b *Backend) settle(ctx context.Context, s *snapshot, intent *compose.Intent) (_ *snapshot, first bool, _ error) {
	backoff := conflictBackoff()
	lab := s.docs[datalabKind]
	var why error // it takes so long
	for {
		if moot(lab, intent) {
			// Another has made or removed the Datalab: there is nothing to take the intent over.
			if err := b.undo(ctx, s, intent, nil); err != nil {
				return nil, false, err
			}
			return nil, false, errMoved
		}
		doc, err := b.bear(ctx, s, lab, intent)
		if err == nil {
			return s.with(datalabKind, doc), doc != lab, nil
		}
		if ctx.Err() == nil {
			why = err
		}
		if pause(ctx, &backoff) != nil {
			return nil, false, cmp.Or(why, err)
		}
		now, again := b.taker(ctx, s.key, intent)
		switch {
		case errors.Is(again, errMoved), errors.Is(again, errEnded):
			return nil, false, again
		case again != nil:
			continue
		case refuses(err) && !bears(now, intent):
			if err := b.undo(ctx, s, intent, err); err != nil {
				return nil, false, err
			}
			return nil, false, refusal{err}
		}
		lab = now
	}
}

// refuses says whether the Datalab's answer is a refusal. It is none to who was overtaken by another that ends the same intent: a
// quota refuses the second of two creations before it is seen that there is one.
func refuses(err error) bool {
	return refused(err) && !apierrors.IsAlreadyExists(err) && !apierrors.IsNotFound(err)
}

// errEnded says that another has brought an intent to its end, and that later writes may have come after it.
var errEnded = errors.New("another has ended the write")

// taker is the Datalab as it is now, which may take the intent over as long as the Storage holds it: after that it would undo
// what was written since. The Storage is read last, so that the Datalab's version tells if the intent is ended meanwhile.
func (b *Backend) taker(ctx context.Context, key types.NamespacedName, intent *compose.Intent) (*document, error) {
	lab, err := b.clients[datalabKind].get(ctx, key.Namespace, key.Name)
	if err != nil || bears(lab, intent) {
		return lab, err
	}
	doc, err := b.clients[storageKind].get(ctx, key.Namespace, key.Name)
	switch {
	case err != nil:
		return nil, err
	case doc == nil:
		return nil, errMoved
	case !carries(doc, intent):
		return nil, errEnded
	}
	return lab, nil
}

// moot says whether an intent can no longer be taken over: it would make a Datalab and another has, or the Datalab that it
// would change is gone.
func moot(lab *document, intent *compose.Intent) bool {
	return intent.CreatesDatalab && lab != nil && !bears(lab, intent) || !intent.CreatesDatalab && lab == nil
}

func bears(lab *document, intent *compose.Intent) bool {
	return lab != nil && lab.GetAnnotations()[compose.IntentIDAnnotation] == intent.ID
}

// bear writes the intent's change and its id to the Datalab, unless that bears it already.
func (b *Backend) bear(ctx context.Context, s *snapshot, lab *document, intent *compose.Intent) (*document, error) {
	if bears(lab, intent) {
		return lab, nil
	}
	c := &change{key: s.key}
	c.edits[datalabKind] = intent.Datalab
	if err := c.apply(datalabKind, lab); err != nil {
		return nil, err
	}
	after := c.after[datalabKind]
	if lab == nil {
		own(after, s.docs[storageKind])
	}
	if err := unstructured.SetNestedField(after, intent.ID, "metadata", "annotations", compose.IntentIDAnnotation); err != nil {
		return nil, err
	}
	return b.send(ctx, c, datalabKind, false)
}

// undo takes the Storage back to what it was before the intent, unless another has brought the intent to its end. The reason
// is the Datalab's refusal, if that is what it was.
func (b *Backend) undo(ctx context.Context, s *snapshot, intent *compose.Intent, why error) error {
	backoff := conflictBackoff()
	for {
		live, err := b.clients[storageKind].get(ctx, s.key.Namespace, s.key.Name)
		if err == nil {
			if live == nil || !carries(live, intent) || intent.CreatedStorage && live.GetDeletionTimestamp() != nil {
				return nil
			}
			err = b.takeBack(ctx, live, intent)
		}
		switch {
		case apierrors.IsNotFound(err):
			return nil
		case err == nil:
			intentsEnded.WithLabelValues("undone").Inc()
			b.tellUndone(s.docs[storageKind], compose.TranslateError(why, datalabKind.String(), s.workspace()))
			return nil
		}
		if refused(err) {
			return fmt.Errorf("undo a refused change of the Storage: %w", err)
		}
		if err := pause(ctx, &backoff); err != nil {
			return err
		}
	}
}

// carries says whether the Storage still holds the intent.
func carries(doc *document, intent *compose.Intent) bool {
	held, err := compose.DecodeIntent(doc.GetAnnotations()[compose.IntentAnnotation])
	return err == nil && held.ID == intent.ID
}

func (b *Backend) takeBack(ctx context.Context, live *document, intent *compose.Intent) error {
	client := b.clients[storageKind]
	if intent.CreatedStorage {
		_, err := client.delete(ctx, live.GetNamespace(), live.GetName(), metav1.DeleteOptions{
			Preconditions:     preconditions(live),
			PropagationPolicy: ptr.To(metav1.DeletePropagationBackground),
		})
		return err
	}
	_, err := b.revise(ctx, storageKind, live, func(object *unstructured.Unstructured) error {
		if err := intent.Undo.Apply(object.Object); err != nil {
			return err
		}
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations", compose.IntentAnnotation)
		return nil
	})
	return err
}

// own makes a Datalab the Storage's dependent: the collector deletes it first when the Storage is deleted in the
// foreground, and never leaves it behind.
func own(lab map[string]any, storage *document) {
	object := unstructured.Unstructured{Object: lab}
	object.SetOwnerReferences(append(object.GetOwnerReferences(), ownerReference(storage)))
}

func ownerReference(storage *document) metav1.OwnerReference {
	return metav1.OwnerReference{
		APIVersion:         storageKind.groupVersion().String(),
		Kind:               storageKind.String(),
		Name:               storage.GetName(),
		UID:                storage.GetUID(),
		BlockOwnerDeletion: ptr.To(true),
	}
}
