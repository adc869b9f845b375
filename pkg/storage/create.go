package storage

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// Create makes both parts, or none.
func (b *Backend) Create(ctx context.Context, key string, obj, out runtime.Object, _ uint64) error {
	name, err := b.parseKey(key)
	if err != nil {
		return err
	}
	s, err := b.create(ctx, name, obj.(*eoepca.Workspace))
	if err != nil {
		return movedError(err, name.Name)
	}
	if out != nil {
		*out.(*eoepca.Workspace) = *s.workspace()
	}
	return nil
}

func (b *Backend) create(ctx context.Context, key types.NamespacedName, ws *eoepca.Workspace) (*snapshot, error) {
	if b.isFenced(key.Namespace) {
		return nil, apierrors.NewForbidden(eoepca.Resource("workspaces"), key.Name,
			fmt.Errorf("the namespace %s is the workspaces server's own: choose another", key.Namespace))
	}
	hasLabs, err := b.served(ctx)
	if err != nil {
		return nil, b.readError(err)
	}
	c, err := b.plan(nil, nil, ws, hasLabs)
	if err != nil {
		return nil, err
	}
	s := &snapshot{key: key, hasLabs: hasLabs}
	if !c.touches(datalabKind) {
		doc, err := b.send(ctx, c, storageKind, false)
		if err != nil {
			return nil, b.sendError(ctx, err, storageKind, c)
		}
		s.docs[storageKind] = doc
		b.tellCreated(s)
		return s, nil
	}
	absence, err := compose.MadeAsOne.Encode()
	if err == nil {
		err = unstructured.SetNestedField(c.after[storageKind], absence, "metadata", "annotations", compose.AbsenceAnnotation)
	}
	if err != nil {
		return nil, fmt.Errorf("note on the Storage that both parts are made together: %w", err)
	}
	s, err = b.writeBoth(ctx, s, c, c.intent(nil))
	if err == nil {
		b.tellCreated(s)
	}
	return s, err
}

// existsError says why a part cannot be made because there is one: the workspace exists, or its name is not free yet.
func (b *Backend) existsError(ctx context.Context, kind partKind, c *change) error {
	exists := storage.NewKeyExistsError(b.prefix+"/"+c.key.String(), 0)
	if kind == storageKind {
		return exists
	}
	s, err := b.clients[storageKind].get(ctx, c.key.Namespace, c.key.Name)
	if err != nil {
		return b.readError(err)
	}
	if s != nil {
		if c.touches(storageKind) && c.before[storageKind] != nil || !c.touches(storageKind) {
			return errMoved // Another writer has made the Datalab of this workspace.
		}
		return exists
	}
	lab, err := b.clients[datalabKind].get(ctx, c.key.Namespace, c.key.Name)
	if err != nil {
		return b.readError(err)
	}
	return apierrors.NewConflict(eoepca.Resource("workspaces"), c.key.Name, leftoverError(lab))
}

// leftoverError tells of a Datalab that stands in the way of a new workspace.
func leftoverError(lab *document) error {
	switch {
	case lab == nil:
		return fmt.Errorf("what was left of an earlier workspace of this name has just gone: try again")
	case lab.GetDeletionTimestamp() != nil:
		return fmt.Errorf("the Datalab of an earlier workspace of this name is still terminating (waiting for %s): try again when it is gone",
			strings.Join(lab.GetFinalizers(), ", "))
	default:
		return fmt.Errorf("a Datalab of this name exists without a Storage: delete it, or create the Storage that belongs to it")
	}
}
