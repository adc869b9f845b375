package storage

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/compose"
)

// errMoved says that a part is no longer what a write was computed from: compute it anew from what is there now.
var errMoved = errors.New("a part has changed in the meantime")

// change is what a write makes of a workspace's parts: their contents before and after. A nil before is a part to be made,
// a nil after a part that stays untouched.
type change struct {
	key    types.NamespacedName
	ws     *eoepca.Workspace // the desired workspace, in whose words errors are told
	before [numKinds]map[string]any
	after  [numKinds]map[string]any
	edits  [numKinds]compose.Edits
	// owners is how the owners of the fields change, and owned what that means for each part.
	owners *compose.Ownership
	owned  [numKinds]compose.Edits
}

// plan computes what turns the parts of a snapshot (nil: none) into the desired workspace.
func (b *Backend) plan(s *snapshot, current, desired *eoepca.Workspace, hasLabs bool) (*change, error) {
	c := &change{key: types.NamespacedName{Namespace: desired.Namespace, Name: desired.Name}, ws: desired}
	var err error
	if c.edits[storageKind], c.edits[datalabKind], err = compose.Split(current, desired); err != nil {
		return nil, fmt.Errorf("split the workspace into its parts: %w", err)
	}
	if !hasLabs {
		c.edits[datalabKind] = nil
	}
	for kind := range numKinds {
		if len(c.edits[kind]) == 0 {
			continue
		}
		if err := c.apply(kind, s.doc(kind)); err != nil {
			return nil, err
		}
	}
	if err := c.own(s, current); err != nil {
		return nil, err
	}
	if after := c.after[storageKind]; after != nil {
		// Writes begin where no intent is open: one that is still there is done, and goes.
		unstructured.RemoveNestedField(after, "metadata", "annotations", compose.IntentAnnotation)
	}
	return c, nil
}

// own adds what the change means for the owners of the parts' fields.
func (c *change) own(s *snapshot, current *eoepca.Workspace) error {
	c.owners = compose.NewOwnership(current, c.ws, c.touches(datalabKind) || s.doc(datalabKind) != nil)
	for kind := range numKinds {
		touched := c.touches(kind)
		if !touched {
			if s.doc(kind) == nil || !c.owners.Differs(kind.composed()) {
				continue
			}
			if err := c.apply(kind, s.doc(kind)); err != nil {
				return err
			}
		}
		c.owned[kind] = c.owners.Edits(kind.composed(), c.before[kind], c.after[kind])
		if err := c.owned[kind].Apply(c.after[kind]); err != nil {
			return err
		}
		if !touched && len(c.owned[kind]) == 0 {
			c.before[kind], c.after[kind] = nil, nil
		}
	}
	return nil
}

// intent is the change of both parts as one that can be undone.
func (c *change) intent(s *snapshot) *compose.Intent {
	intent := &compose.Intent{
		CreatesDatalab: c.before[datalabKind] == nil,
		CreatedStorage: c.before[storageKind] == nil,
		Datalab:        slices.Concat(c.edits[datalabKind], c.owned[datalabKind]),
	}
	if !intent.CreatesDatalab {
		intent.From = compose.StateOf(&unstructured.Unstructured{Object: c.before[datalabKind]})
	}
	if !intent.CreatedStorage {
		back := c.owners.Reverse(s.doc(datalabKind) != nil).Edits(compose.Storage, c.after[storageKind], c.before[storageKind])
		intent.Undo = append(c.edits[storageKind].Invert(c.before[storageKind]), back...)
	}
	return intent
}

// apply computes what the edits make of a part, or of nothing.
func (c *change) apply(kind partKind, doc *document) (err error) {
	if doc == nil {
		c.after[kind] = newContent(kind, c.key)
		return c.edits[kind].Apply(c.after[kind])
	}
	if c.before[kind], err = doc.content(); err != nil {
		return err
	}
	if c.after[kind], err = doc.content(); err != nil {
		return err
	}
	return c.edits[kind].Apply(c.after[kind])
}

func newContent(kind partKind, key types.NamespacedName) map[string]any {
	return map[string]any{
		"apiVersion": kind.groupVersion().String(),
		"kind":       kind.String(),
		"metadata":   map[string]any{"namespace": key.Namespace, "name": key.Name},
		"spec":       map[string]any{},
	}
}

func (c *change) touches(kind partKind) bool { return c.after[kind] != nil }

// send writes one part, or asks in a dry run what would come of it.
func (b *Backend) send(ctx context.Context, c *change, kind partKind, dryRun bool) (*document, error) {
	if c.before[kind] == nil {
		return b.clients[kind].create(ctx, c.key.Namespace, c.after[kind], dryRun)
	}
	return b.clients[kind].patch(ctx, c.key.Namespace, c.key.Name, c.before[kind], c.after[kind], dryRun)
}

// revise changes what is there of a part, unless it has changed in the meantime.
func (b *Backend) revise(ctx context.Context, kind partKind, doc *document, change func(*unstructured.Unstructured) error) (*document, error) {
	before, err := doc.content()
	if err != nil {
		return nil, err
	}
	after := unstructured.Unstructured{Object: runtime.DeepCopyJSON(before)}
	if err := change(&after); err != nil {
		return nil, err
	}
	return b.clients[kind].patch(ctx, doc.GetNamespace(), doc.GetName(), before, after.Object, false)
}

// ask sends dry runs of the change of some parts: their schema, rules, quota and admission speak before anything happens.
func (b *Backend) ask(ctx context.Context, c *change, kinds ...partKind) error {
	var refusals [numKinds]error
	group := errgroup.Group{}
	for _, kind := range kinds {
		if !c.touches(kind) {
			continue
		}
		group.Go(func() error {
			_, refusals[kind] = b.send(ctx, c, kind, true)
			return nil
		})
	}
	_ = group.Wait()
	for kind, err := range refusals {
		if err != nil {
			return b.sendError(ctx, err, partKind(kind), c)
		}
	}
	return nil
}

// sendError says what a failed write of a part means for the workspace.
func (b *Backend) sendError(ctx context.Context, err error, kind partKind, c *change) error {
	switch {
	case c.before[kind] == nil && apierrors.IsAlreadyExists(err):
		return b.existsError(ctx, kind, c)
	case apierrors.IsConflict(err), c.before[kind] != nil && apierrors.IsNotFound(err):
		return errMoved
	}
	return b.writeError(err, kind, c.ws)
}

// conflictBackoff spaces the attempts of writers that get in each other's way.
func conflictBackoff() wait.Backoff {
	return wait.Backoff{Duration: 2 * time.Millisecond, Factor: 1.5, Jitter: 1, Steps: 10, Cap: 100 * time.Millisecond}
}

func pause(ctx context.Context, backoff *wait.Backoff) error {
	select {
	case <-time.After(backoff.Step()):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
