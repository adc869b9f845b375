package storage

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// Reasons of the events on workspaces. An event tells what this server did beyond the words of a request, and what a
// user can do about it; the replica that did it tells it. More people may read events than workspaces: a note holds names of
// fields and finalizers, and nothing that was in a request or in another workspace.
const (
	EventCreated        = "Created"
	EventDatalabCreated = "DatalabCreated"
	EventDatalabMissing = "DatalabMissing"
	EventRolledForward  = "RolledForward"
	EventUndone         = "Undone"
	EventAdopted        = "Adopted"
	EventDeleting       = "Deleting"
	EventDeletionHeld   = "DeletionHeld"
	EventBucketTaken    = "BucketTaken"
)

// tell records an event on the workspace that the Storage makes.
func (b *Backend) tell(storage metav1.Object, eventType, reason, note string) {
	b.events.Event(&corev1.ObjectReference{
		APIVersion: v1alpha1.SchemeGroupVersion.String(),
		Kind:       "Workspace",
		Namespace:  storage.GetNamespace(),
		Name:       storage.GetName(),
		UID:        compose.UID(storage.GetUID()),
	}, eventType, reason, note)
}

func (b *Backend) tellCreated(s *snapshot) {
	made := "the Storage"
	if s.docs[datalabKind] != nil {
		made += " and the Datalab"
	}
	b.tell(s.docs[storageKind], corev1.EventTypeNormal, EventCreated, "made "+made+": the condition Ready tells how far their providers are")
}

func (b *Backend) tellDatalabCreated(storage metav1.Object) {
	note := "made a Datalab for the Storage: the condition DatalabReady tells how far its provider is"
	if storage.GetAnnotations()[compose.AbsenceAnnotation] != "" {
		note = "made the Datalab anew, with what the workspace says now: what was in the sessions and stores of the deleted one is not in it"
	}
	b.tell(storage, corev1.EventTypeNormal, EventDatalabCreated, note)
}

func (b *Backend) tellDatalabMissing(storage metav1.Object) {
	b.tell(storage, corev1.EventTypeWarning, EventDatalabMissing,
		"the Datalab was deleted by somebody else, and members, sessions and stores with it: set the owner or a session to have it made anew")
}

func (b *Backend) tellRolledForward(storage metav1.Object) {
	b.tell(storage, corev1.EventTypeNormal, EventRolledForward,
		"finished a change that a server had begun and not ended: the workspace is as that change asked, nothing is left to do")
}

// tellUndone tells where the Datalab's refusal is, and not what it says: that may hold what was refused.
func (b *Backend) tellUndone(storage metav1.Object, why error) {
	b.tell(storage, corev1.EventTypeWarning, EventUndone,
		"took a change back as a whole, because "+refusalNote(why)+": make it again when that is mended")
}

// refusalNote names the kind of a refusal and the fields that it is about.
func refusalNote(why error) string {
	if why == nil {
		return "the Datalab was made or deleted by somebody else at the same time"
	}
	note := fmt.Sprintf("its Datalab was refused (%s)", apierrors.ReasonForError(why))
	status, ok := why.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil {
		return note
	}
	var fields []string
	for _, cause := range status.Status().Details.Causes {
		if cause.Field != "" && !slices.Contains(fields, cause.Field) {
			fields = append(fields, cause.Field)
		}
	}
	if len(fields) == 0 {
		return note
	}
	return note + " at " + listed(fields)
}

func (b *Backend) tellAdopted(storage metav1.Object) {
	b.tell(storage, corev1.EventTypeNormal, EventAdopted, "the Datalab, which others had made, belongs to the Storage now and goes with it")
}

func (b *Backend) tellDeleting(storage metav1.Object) {
	b.tell(storage, corev1.EventTypeNormal, EventDeleting,
		"deleted both parts: the workspace is gone when their providers have tidied up, the condition Ready tells what it waits for")
}

func (b *Backend) tellDeletionHeld(ws *eoepca.Workspace, storage metav1.Object) {
	holders := slices.DeleteFunc(slices.Clone(ws.Finalizers), func(name string) bool {
		// The collector's own take care of themselves.
		return name == metav1.FinalizerOrphanDependents || name == metav1.FinalizerDeleteDependents
	})
	if len(holders) == 0 {
		return
	}
	b.tell(storage, corev1.EventTypeNormal, EventDeletionHeld,
		"the deletion waits for finalizers ("+listed(holders)+") and leaves both parts as they are: whoever set them takes them off when done")
}

// tellLost tells who named a bucket at the same time as another and came off second best. Every replica sees that, and tells it.
func (b *Backend) tellLost(lost []lostBucket) {
	for _, l := range lost {
		i := slices.IndexFunc(l.storage.Spec.Buckets, func(bucket storagev1beta1.Bucket) bool { return bucket.BucketName == l.bucket })
		b.tell(l.storage, corev1.EventTypeWarning, EventBucketTaken, fmt.Sprintf("the bucket in spec.storage.buckets[%d] belongs to another workspace, "+
			"which is older: nothing can be shared from it here; remove it and choose another name", i))
	}
}

// listed is a list of names that is short enough for a note.
func listed(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	return strings.Join(names, ", ")
}
