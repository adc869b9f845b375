package compose

import (
	"encoding/json"
	"strconv"

	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

// Parts are what a Workspace is composed of.
type Parts struct {
	// Storage is always there: without it there is no Workspace.
	Storage *storagev1beta1.Storage
	// Datalab is nil if there is none.
	Datalab *datalabv1beta2.Datalab
	// DatalabKind says whether the cluster has Datalabs at all.
	DatalabKind bool
}

// Workspace composes the parts into a Workspace. It shares strings, slices and maps with the parts and never changes
// them; who changes the Workspace must copy it first.
func Workspace(p Parts) *eoepca.Workspace {
	c := newComposition(p)
	ws := &eoepca.Workspace{
		ObjectMeta: c.meta(),
		Spec: eoepca.WorkspaceSpec{
			Environment: c.environment(),
			Storage:     c.storageSpec(),
		},
	}
	if c.Datalab != nil {
		c.datalabSpec(&ws.Spec)
	}
	ws.ManagedFields = c.managedFields(ws)
	ws.Status = c.status(ws)
	return ws
}

// composition is one composing under way.
type composition struct {
	Parts
	absence Absence
	// pending is 1 while the Datalab's spec is ahead of the Datalab by an open intent: the number that its write will add.
	pending int64
	// illegible says that who owns what could not be read.
	illegible bool
	// notes are messages on what could not be read, by part.
	notes map[Kind][]string
}

func newComposition(p Parts) *composition {
	c := &composition{Parts: p}
	var err error
	if c.absence, err = absenceOf(p.Storage); err != nil {
		c.note(Storage, "cannot read the annotation "+AbsenceAnnotation)
	}
	c.noteMalformed(Storage, p.Storage.Spec.Malformed, p.Storage.Status.Malformed)
	if p.Datalab != nil {
		c.noteMalformed(Datalab, p.Datalab.Spec.Malformed, p.Datalab.Status.Malformed)
	}
	intent, err := openIntent(p)
	if err != nil {
		c.note(Storage, err.Error())
	}
	if intent != nil {
		c.foresee(intent)
	}
	return c
}

func (c *composition) note(kind Kind, message string) {
	if c.notes == nil {
		c.notes = map[Kind][]string{}
	}
	c.notes[kind] = append(c.notes[kind], message)
}

func (c *composition) noteMalformed(kind Kind, lists ...[]string) {
	for _, list := range lists {
		for _, path := range list {
			c.note(kind, "cannot read "+path)
		}
	}
}

// meta answers the Storage's metadata without what is internal to the parts.
func (c *composition) meta() metav1.ObjectMeta {
	s := &c.Storage.ObjectMeta
	return metav1.ObjectMeta{
		Name:                       s.Name,
		GenerateName:               s.GenerateName,
		Namespace:                  s.Namespace,
		UID:                        UID(s.UID),
		ResourceVersion:            c.resourceVersion(),
		Generation:                 c.generation(),
		CreationTimestamp:          s.CreationTimestamp,
		DeletionTimestamp:          s.DeletionTimestamp,
		DeletionGracePeriodSeconds: s.DeletionGracePeriodSeconds,
		Labels:                     visible(s.Labels),
		Annotations:                visibleAnnotations(s.Annotations),
		OwnerReferences:            decode[metav1.OwnerReference](c, OwnerReferencesAnnotation),
		Finalizers:                 visibleFinalizers(s),
	}
}

// namespace is ours for the uids of Workspaces: whoever changes it changes the identity of every Workspace.
var namespace = uuid.MustParse("6d3c5f0a-8f1e-4b57-9c6d-2a41f0e7b9d8")

// UID answers the uid of the Workspace of a Storage. It is not the Storage's own: the garbage collector must not see one
// uid under two kinds.
func UID(storage types.UID) types.UID {
	if storage == "" {
		return ""
	}
	return types.UID(uuid.NewSHA1(namespace, []byte(storage)).String())
}

// resourceVersion is the greatest of the parts', and of the revision at which one vanished.
func (c *composition) resourceVersion() string {
	version := c.Storage.ResourceVersion
	if c.absence.Revision != "" && newer(c.absence.Revision, version) {
		version = c.absence.Revision
	}
	if c.Datalab != nil && newer(c.Datalab.ResourceVersion, version) {
		version = c.Datalab.ResourceVersion
	}
	return version
}

// newer compares decimal numbers of any length.
func newer(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && (errY != nil || x > y)
}

// generation grows whenever the spec of a part changes, and never goes back.
func (c *composition) generation() int64 {
	generation := c.Storage.Generation + c.absence.Generation + c.pending
	if c.Datalab != nil {
		generation += c.Datalab.Generation
	}
	return generation
}

func (c *composition) environment() string {
	if environment := c.Storage.Annotations[StorageEnvironmentAnnotation]; environment != "" || c.Datalab == nil {
		return environment
	}
	return c.Datalab.Annotations[DatalabEnvironmentAnnotation]
}

// visible answers the labels that show on a Workspace; the very same map if all do.
func visible(all map[string]string) map[string]string {
	hidden := 0
	for key := range all {
		if InternalKey(key) {
			hidden++
		}
	}
	if hidden == len(all) {
		return nil
	}
	if hidden == 0 {
		return all
	}
	result := make(map[string]string, len(all)-hidden)
	for key, value := range all {
		if !InternalKey(key) {
			result[key] = value
		}
	}
	return result
}

// visibleAnnotations swaps the Storage's last-applied annotation for the Workspace's.
func visibleAnnotations(all map[string]string) map[string]string {
	var result map[string]string
	for key, value := range all {
		switch {
		case key == LastAppliedAnnotation:
			key = lastApplied
		case key == lastApplied || InternalKey(key):
			continue
		}
		if result == nil {
			result = make(map[string]string, len(all))
		}
		result[key] = value
	}
	return result
}

// decode reads a list that is kept in an annotation of the Storage.
func decode[T any](c *composition, annotation string) []T {
	value := c.Storage.Annotations[annotation]
	if value == "" {
		return nil
	}
	var list []T
	text, err := unpack(value)
	if err == nil {
		err = json.Unmarshal([]byte(text), &list)
	}
	if err != nil {
		c.note(Storage, "cannot read the annotation "+annotation)
		return nil
	}
	return list
}
