package storage

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/types"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	datalabv1beta2 "github.com/eoepca/workspaces/pkg/apis/provider/datalab/v1beta2"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
	"github.com/eoepca/workspaces/pkg/compose"
)

// cut is all parts as they were at one revision.
type cut struct {
	rv      uint64
	parts   [numKinds][]part
	hasLabs bool // the cluster has Datalabs

	merger *merger // for a watch that begins here
}

// currentCut reads a cut that holds every write which had ended before the call; of one namespace, or of all if empty.
func (b *Backend) currentCut(ctx context.Context, namespace string) (*cut, error) {
	rv, err := b.currentRevision(ctx)
	if err != nil {
		return nil, err
	}
	return b.cutAt(ctx, namespace, rv)
}

// cutAt reads the cut at a revision.
func (b *Backend) cutAt(ctx context.Context, namespace string, rv uint64) (*cut, error) {
	hasLabs, err := b.served(ctx)
	if err != nil {
		return nil, err
	}
	c := &cut{rv: rv, hasLabs: hasLabs}
	group, ctx := errgroup.WithContext(ctx)
	for kind, client := range b.clients {
		if partKind(kind) == datalabKind && !hasLabs {
			continue
		}
		group.Go(func() error {
			parts, err := client.list(ctx, namespace, rv)
			c.parts[kind] = slices.DeleteFunc(parts, func(p part) bool { return b.isFenced(p.GetNamespace()) })
			return err
		})
	}
	return c, group.Wait()
}

// workspaces are the workspaces of the cut, in the order of their keys, with what the log tells of Datalabs that they had.
func (c *cut) workspaces(log *lossLog) []*eoepca.Workspace {
	lost := log.until(c.rv)
	labs := make(map[types.NamespacedName]part, len(c.parts[datalabKind]))
	for _, p := range c.parts[datalabKind] {
		labs[keyOf(p)] = p
	}
	list := make([]*eoepca.Workspace, 0, len(c.parts[storageKind]))
	for _, p := range c.parts[storageKind] {
		storage := bearing(p.(*storagev1beta1.Storage), lost[p.GetUID()])
		list = append(list, pair{parts: [numKinds]part{storage, labs[keyOf(p)]}}.compose(c.hasLabs))
	}
	slices.SortFunc(list, func(a, b *eoepca.Workspace) int {
		return strings.Compare(a.Namespace+"/"+a.Name, b.Namespace+"/"+b.Name)
	})
	return list
}

// compose makes the Workspace of a pair that has a Storage.
func (p pair) compose(hasLabs bool) *eoepca.Workspace {
	return compose.Workspace(p.typed(hasLabs))
}

func (p pair) typed(hasLabs bool) compose.Parts {
	// A nil *Datalab in a non-nil interface would be taken for one that is there.
	lab, _ := p.parts[datalabKind].(*datalabv1beta2.Datalab)
	return compose.Parts{Storage: p.parts[storageKind].(*storagev1beta1.Storage), Datalab: lab, DatalabKind: hasLabs}
}
