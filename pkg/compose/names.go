package compose

import "strings"

const (
	// Prefix is that of every label, annotation and finalizer by which a part carries what belongs to its Workspace. It
	// never shows on a Workspace.
	Prefix = "workspaces.eoepca.org/"

	// IntentAnnotation, on a Storage, holds a change of both parts of which the Datalab's half may not be written yet.
	IntentAnnotation = Prefix + "intent"
	// IntentIDAnnotation, on a Datalab, is the id of the last intent that it has taken over.
	IntentIDAnnotation = Prefix + "intent-id"
	// AbsenceAnnotation, on a Storage, is what keeps versions from going back when its Datalab vanishes: see Absence.
	AbsenceAnnotation = Prefix + "absence"
	// ManagedFieldsAnnotation, on a Storage, holds the managedFields of the Workspace.
	ManagedFieldsAnnotation = Prefix + "managed-fields"
	// OwnerReferencesAnnotation, on a Storage, holds the ownerReferences of the Workspace: on the Storage itself the garbage
	// collector would act on them.
	OwnerReferencesAnnotation = Prefix + "owner-references"
	// LastAppliedAnnotation, on a Storage, is what kubectl apply last said about the Workspace. The Storage's own belongs
	// to those who apply the Storage.
	LastAppliedAnnotation = Prefix + "last-applied-configuration"
	// OrphanFinalizer, on a Storage, is the Workspace's "orphan". On the Storage itself it would be another request.
	OrphanFinalizer = Prefix + "orphan"
	// ForegroundFinalizer, on a Storage, is the Workspace's "foregroundDeletion".
	ForegroundFinalizer = Prefix + "foreground-deletion"
	// CollectorAnnotation, on a Storage that is being deleted, is the Workspace's "orphan" or "foregroundDeletion" of a later
	// request than its finalizers tell of: what terminates takes no new ones.
	CollectorAnnotation = Prefix + "collector"
	// DeletionAnnotation, on a Storage, is the Workspace's "orphan" or "foregroundDeletion" that was set to delete it, and when. On
	// one that lives on for long after, whoever was to delete it has died before: see UndoDeletion.
	DeletionAnnotation = Prefix + "deletion"
	// DatalabFinalizer, on a Storage that was deleted while a finalizer held its Workspace, stands for the Datalab: that is
	// deleted when the Workspace is let go, and not before.
	DatalabFinalizer = Prefix + "datalab"

	// StorageEnvironmentAnnotation selects the provider environment of a Storage.
	StorageEnvironmentAnnotation = "storages.pkg.internal/environment"
	// DatalabEnvironmentAnnotation selects the provider environment of a Datalab.
	DatalabEnvironmentAnnotation = "datalabs.pkg.internal/environment"
	// DiscoverableLabel is "true" exactly on a Storage with a discoverable bucket: requests of others resolve only then.
	DiscoverableLabel = "storages.pkg.internal/discoverable"

	lastApplied        = "kubectl.kubernetes.io/last-applied-configuration"
	orphan             = "orphan"
	foregroundDeletion = "foregroundDeletion"
)

var internalPrefixes = [...]string{"storages.pkg.internal/", "datalabs.pkg.internal/", "crossplane.io/", Prefix}

// InternalKey says whether a label or annotation is the providers' or this server's, and does not show on a Workspace.
func InternalKey(key string) bool {
	for _, prefix := range internalPrefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// workspaceFinalizer answers the Workspace's name of a Storage's finalizer, and false for those that are the Storage's own.
func workspaceFinalizer(finalizer string) (string, bool) {
	switch finalizer {
	case OrphanFinalizer:
		return orphan, true
	case ForegroundFinalizer:
		return foregroundDeletion, true
	case orphan, foregroundDeletion:
		return "", false
	}
	domain, _, _ := strings.Cut(finalizer, "/")
	if domain == "crossplane.io" || strings.HasSuffix(domain, ".crossplane.io") || InternalKey(finalizer) {
		return "", false
	}
	return finalizer, true
}

// storageFinalizer answers the Storage's name of a Workspace's finalizer, and false for one that a Workspace cannot bear.
func storageFinalizer(finalizer string) (string, bool) {
	switch finalizer {
	case orphan:
		return OrphanFinalizer, true
	case foregroundDeletion:
		return ForegroundFinalizer, true
	}
	_, visible := workspaceFinalizer(finalizer)
	return finalizer, visible
}
