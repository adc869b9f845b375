package storage

import (
	"context"
	"errors"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/utils/ptr"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// Delete deletes the workspace for good: finalizers that were set on it no longer hold it. It stays visible as terminating
// until the providers have let go of both parts.
func (b *Backend) Delete(
	ctx context.Context, key string, out runtime.Object, preconditions *storage.Preconditions,
	validate storage.ValidateObjectFunc, _ runtime.Object, opts storage.DeleteOptions,
) error {
	name, err := b.parseKey(key)
	if err != nil {
		return err
	}
	backoff := conflictBackoff()
	for {
		s, err := b.attemptDelete(ctx, key, name, preconditions, validate, opts)
		if err == nil {
			*out.(*eoepca.Workspace) = *s.workspace()
			return nil
		}
		if !errors.Is(err, errMoved) {
			return err
		}
		if err := pause(ctx, &backoff); err != nil {
			return b.readError(err)
		}
	}
}

func (b *Backend) attemptDelete(
	ctx context.Context, key string, name types.NamespacedName,
	preconditions *storage.Preconditions, validate storage.ValidateObjectFunc, opts storage.DeleteOptions,
) (*snapshot, error) {
	s, err := b.read(ctx, name)
	if err != nil {
		return nil, b.readError(err)
	}
	if s == nil {
		return nil, storage.NewKeyNotFoundError(key, 0)
	}
	if opts.ExpectTransformOrDecodeError { // would go past finalizers, preconditions and dry run; no workspace needs it
		return nil, storage.NewInvalidObjError(key, "unsafe deletion is not allowed because the object is decodable from storage")
	}
	current := s.workspace()
	if err := preconditions.Check(key, current); err != nil {
		return nil, err
	}
	if err := validate(ctx, current); err != nil {
		return nil, err
	}
	if len(current.Finalizers) > 0 {
		released := current.DeepCopy()
		released.Finalizers = nil
		if s, err = b.update(ctx, s, current, released); err != nil {
			return nil, err
		}
	}
	return b.deleteParts(ctx, s)
}

// beginDeletion deletes a workspace on which it is written first what the deletion waits for. Who may not delete it has not
// written that either.
func (b *Backend) beginDeletion(ctx context.Context, s *snapshot, c *change) (*snapshot, error) {
	if !c.touches(storageKind) && !c.touches(datalabKind) {
		return b.deleteParts(ctx, s)
	}
	if err := b.askToDelete(ctx, s); err != nil {
		return nil, err
	}
	// From here on the deletion is no longer the caller's to break off, nor bound to the version that he wanted to delete.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	s, err := b.write(ctx, s, c)
	if err != nil {
		return nil, err
	}
	backoff := conflictBackoff()
	for {
		deleted, err := b.deleteParts(ctx, s)
		if err == nil || refused(err) || pause(ctx, &backoff) != nil {
			return deleted, err
		}
		switch now, err := b.read(ctx, s.key); {
		case err != nil: // kube-apiserver does not answer now
		case now == nil || now.docs[storageKind].GetUID() != s.docs[storageKind].GetUID():
			return s, nil // It is gone already, which is as well.
		case now.docs[storageKind].GetAnnotations()[compose.DeletionAnnotation] != s.docs[storageKind].GetAnnotations()[compose.DeletionAnnotation]:
			return nil, errMoved // Another has begun or undone a deletion.
		default:
			s = now
		}
	}
}

// undoDeletion takes off a Storage what was written to delete it by a server that died before it did.
func (b *Backend) undoDeletion(ctx context.Context, doc *document) error {
	_, err := b.revise(ctx, storageKind, doc, func(object *unstructured.Unstructured) error {
		compose.UndoDeletion(object)
		return nil
	})
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // It will be looked at again.
	}
	return err
}

// askToDelete asks in a dry run whether the Storage may be deleted.
func (b *Backend) askToDelete(ctx context.Context, s *snapshot) error {
	_, err := b.clients[storageKind].delete(ctx, s.key.Namespace, s.key.Name, metav1.DeleteOptions{
		Preconditions: preconditions(s.docs[storageKind]), DryRun: []string{metav1.DryRunAll},
	})
	switch {
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return errMoved
	case err != nil:
		return b.writeError(err, storageKind, s.workspace())
	}
	return nil
}

// deleteParts deletes the Storage in the foreground, so that the collector deletes the Datalab first and the workspace is
// there until both are gone. A workspace that a finalizer holds keeps its Datalab until it is let go.
func (b *Backend) deleteParts(ctx context.Context, s *snapshot) (*snapshot, error) {
	if s.docs[storageKind].GetDeletionTimestamp() != nil {
		return s, nil
	}
	prepare, policy := b.adopt, metav1.DeletePropagationForeground
	if len(s.workspace().Finalizers) > 0 {
		prepare, policy = b.keepDatalab, metav1.DeletePropagationBackground
	}
	s, err := prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	doc := s.docs[storageKind]
	deleted, err := b.clients[storageKind].delete(ctx, s.key.Namespace, s.key.Name, metav1.DeleteOptions{
		Preconditions:     preconditions(doc),
		PropagationPolicy: &policy,
	})
	switch {
	case apierrors.IsConflict(err):
		return nil, errMoved
	case apierrors.IsNotFound(err):
		return s, nil // Somebody else was faster, which is as well.
	case err != nil:
		return nil, b.writeError(err, storageKind, s.workspace())
	}
	if policy == metav1.DeletePropagationForeground {
		b.tellDeleting(doc)
	} else {
		b.tellDeletionHeld(s.workspace(), doc)
	}
	if deleted == nil {
		return s, nil
	}
	s = s.with(storageKind, deleted)
	if answer, err := b.complete(ctx, s); err == nil {
		return answer, nil
	}
	return s, nil // It is gone already, which is as well.
}

// preconditions are that a part is just what was read: of several replicas that delete it, one has done so.
func preconditions(doc *document) *metav1.Preconditions {
	return &metav1.Preconditions{UID: ptr.To(doc.GetUID()), ResourceVersion: ptr.To(doc.GetResourceVersion())}
}

// adopt makes the Datalab of a pair that was not made by this server the Storage's dependent.
func (b *Backend) adopt(ctx context.Context, s *snapshot) (*snapshot, error) {
	lab := s.docs[datalabKind]
	if lab == nil || lab.GetDeletionTimestamp() != nil || isOwned(lab, s.docs[storageKind]) {
		return s, nil
	}
	if err := b.askToDelete(ctx, s); err != nil {
		return nil, err
	}
	adopted, err := b.revise(ctx, datalabKind, lab, func(object *unstructured.Unstructured) error {
		kept := slices.DeleteFunc(object.GetOwnerReferences(), func(reference metav1.OwnerReference) bool {
			return reference.UID == s.docs[storageKind].GetUID()
		})
		object.SetOwnerReferences(append(kept, ownerReference(s.docs[storageKind])))
		return nil
	})
	switch {
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return nil, errMoved
	case err != nil:
		return nil, b.writeError(err, datalabKind, s.workspace())
	}
	b.tellAdopted(s.docs[storageKind])
	return s.with(datalabKind, adopted), nil
}

func isOwned(lab, storage *document) bool {
	for _, reference := range lab.GetOwnerReferences() {
		if reference.UID == storage.GetUID() && ptr.Deref(reference.BlockOwnerDeletion, false) {
			return true
		}
	}
	return false
}

// keepDatalab has the Storage wait for the Datalab after all finalizers of the workspace are gone.
func (b *Backend) keepDatalab(ctx context.Context, s *snapshot) (*snapshot, error) {
	doc := s.docs[storageKind]
	if s.docs[datalabKind] == nil || slices.Contains(doc.GetFinalizers(), compose.DatalabFinalizer) {
		return s, nil
	}
	kept, err := b.setFinalizers(ctx, doc, append(slices.Clone(doc.GetFinalizers()), compose.DatalabFinalizer))
	switch {
	case apierrors.IsConflict(err), apierrors.IsNotFound(err):
		return nil, errMoved
	case err != nil:
		return nil, b.writeError(err, storageKind, s.workspace())
	}
	return s.with(storageKind, kept), nil
}

// letGo goes on with the deletion of a workspace that no finalizer holds any more: first the Datalab goes, then the
// Storage.
func (b *Backend) letGo(ctx context.Context, s *snapshot) error {
	doc, lab := s.docs[storageKind], s.docs[datalabKind]
	if !keepsDatalab(doc) || len(s.workspace().Finalizers) > 0 || lab != nil && lab.GetDeletionTimestamp() != nil {
		return nil
	}
	var err error
	if lab == nil {
		_, err = b.setFinalizers(ctx, doc, slices.DeleteFunc(slices.Clone(doc.GetFinalizers()), func(name string) bool {
			return name == compose.DatalabFinalizer
		}))
	} else {
		_, err = b.clients[datalabKind].delete(ctx, s.key.Namespace, s.key.Name, metav1.DeleteOptions{
			Preconditions:     preconditions(lab),
			PropagationPolicy: ptr.To(metav1.DeletePropagationBackground),
		})
		if err == nil {
			b.tellDeleting(doc)
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// keepsDatalab says whether a terminating Storage waits for its workspace to be let go.
func keepsDatalab(storage metav1.Object) bool {
	return storage.GetDeletionTimestamp() != nil && slices.Contains(storage.GetFinalizers(), compose.DatalabFinalizer)
}

func (b *Backend) setFinalizers(ctx context.Context, doc *document, finalizers []string) (*document, error) {
	return b.revise(ctx, storageKind, doc, func(object *unstructured.Unstructured) error {
		object.SetFinalizers(finalizers)
		return nil
	})
}
