package storage

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	storagev1beta1 "github.com/eoepca/workspaces/pkg/apis/provider/storage/v1beta1"
)

var _ storage.Interface = (*Backend)(nil)

// Versioner treats resourceVersions as what they are: etcd's revisions.
func (b *Backend) Versioner() storage.Versioner { return storage.APIObjectVersioner{} }

// Get reads one workspace live.
func (b *Backend) Get(ctx context.Context, key string, opts storage.GetOptions, out runtime.Object) error {
	name, err := b.parseKey(key)
	if err != nil {
		return err
	}
	s, err := b.readOnce(ctx, name)
	if err != nil {
		return b.readError(err)
	}
	into := out.(*eoepca.Workspace)
	if s == nil {
		if opts.IgnoreNotFound {
			*into = eoepca.Workspace{}
			return nil
		}
		return storage.NewKeyNotFoundError(key, 0)
	}
	*into = *s.workspace()
	return b.notOlderThan(opts.ResourceVersion, func() (uint64, error) { return b.currentRevision(ctx) })
}

// notOlderThan fails for who wants a version that there is not yet.
func (b *Backend) notOlderThan(want string, now func() (uint64, error)) error {
	minimum, err := b.Versioner().ParseResourceVersion(want)
	if err != nil {
		return apierrors.NewBadRequest("invalid resource version: " + err.Error())
	}
	if minimum == 0 {
		return nil
	}
	have, err := now()
	if err == nil && have < minimum {
		err = storage.NewTooLargeResourceVersionError(minimum, have, 0)
	}
	return b.readError(err)
}

// GetList reads workspaces at one cut: the current one, or the one at the exact revision that the options ask for.
func (b *Backend) GetList(ctx context.Context, key string, opts storage.ListOptions, listObj runtime.Object) error {
	name, err := b.parseKey(key)
	if err != nil {
		return err
	}
	prefix, err := storage.PrepareKey(b.prefix, key, opts.Recursive)
	if err != nil {
		return err
	}
	rv, continueKey, err := storage.ValidateListOptions(prefix, b.Versioner(), opts)
	if err != nil {
		return err
	}
	all, at, err := b.workspacesAt(ctx, name, uint64(rv), opts.Recursive)
	switch {
	case apierrors.IsResourceExpired(err) && opts.Predicate.Continue != "":
		return pagesExpired(continueKey, prefix)
	case err != nil:
		return b.readError(err)
	}
	if opts.ResourceVersionMatch == metav1.ResourceVersionMatchNotOlderThan {
		if err := b.notOlderThan(opts.ResourceVersion, func() (uint64, error) { return at, nil }); err != nil {
			return err
		}
	}
	return b.page(all, at, prefix, continueKey, opts, listObj.(*eoepca.WorkspaceList))
}

// workspacesAt reads the workspaces of a namespace, or the one of a name, at a revision; 0 is the current one.
func (b *Backend) workspacesAt(ctx context.Context, name types.NamespacedName, rv uint64, recursive bool) ([]*eoepca.Workspace, uint64, error) {
	if rv == 0 {
		var err error
		if rv, err = b.currentRevision(ctx); err != nil {
			return nil, 0, err
		}
	}
	if recursive {
		c, err := b.cutAt(ctx, name.Namespace, rv)
		if err != nil {
			return nil, 0, err
		}
		return c.workspaces(&b.lost), rv, nil
	}
	s, err := b.readAt(ctx, name, rv)
	if err != nil || s == nil {
		return nil, rv, err
	}
	return []*eoepca.Workspace{s.workspace()}, rv, nil
}

// readAt reads both parts as they were at a revision; nil when there was no Storage.
func (b *Backend) readAt(ctx context.Context, key types.NamespacedName, rv uint64) (*snapshot, error) {
	if b.isFenced(key.Namespace) {
		return nil, nil
	}
	hasLabs, err := b.served(ctx)
	if err != nil {
		return nil, err
	}
	s := &snapshot{key: key, hasLabs: hasLabs}
	group, ctx := errgroup.WithContext(ctx)
	for kind, client := range b.clients {
		group.Go(func() (err error) {
			s.docs[kind], err = client.getExact(ctx, key.Namespace, key.Name, rv)
			return err
		})
	}
	if err := group.Wait(); err != nil || s.docs[storageKind] == nil {
		return nil, err
	}
	storage := s.docs[storageKind]
	storage.part = bearing(storage.part.(*storagev1beta1.Storage), b.lost.until(rv)[storage.GetUID()])
	return s, nil
}

// page answers the part of a list that the limit and the continue token ask for.
func (b *Backend) page(all []*eoepca.Workspace, rv uint64, prefix, continueKey string, opts storage.ListOptions, list *eoepca.WorkspaceList) error {
	start, _ := slices.BinarySearchFunc(all, continueKey, func(ws *eoepca.Workspace, key string) int {
		return strings.Compare(b.keyOf(ws), key)
	})
	list.Items = []eoepca.Workspace{}
	rest := all[start:]
	for i, ws := range rest {
		if opts.Predicate.Limit > 0 && int64(len(list.Items)) == opts.Predicate.Limit {
			next, remaining, err := storage.PrepareContinueToken(b.keyOf(rest[i-1]), prefix, int64(rv), int64(len(rest)), true, opts)
			if err != nil {
				return err
			}
			return b.Versioner().UpdateList(list, rv, next, remaining)
		}
		matches, err := opts.Predicate.Matches(ws)
		if err != nil {
			return err
		}
		if matches {
			list.Items = append(list.Items, *ws)
		}
	}
	return b.Versioner().UpdateList(list, rv, "", nil)
}

// pagesExpired tells a client whose list is older than history reaches how to go on where it was, with what there is now.
func pagesExpired(continueKey, prefix string) error {
	expired := apierrors.NewResourceExpired("The provided continue parameter is too old to display a consistent list result. " +
		"You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder " +
		"of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
		"deleted between the time the first chunk was returned and now may show up in the list.")
	const now = -1
	if token, err := storage.EncodeContinue(continueKey, prefix, now); err == nil {
		expired.ErrStatus.Continue = token
	}
	return expired
}

func (b *Backend) keyOf(ws *eoepca.Workspace) string {
	return b.prefix + "/" + ws.Namespace + "/" + ws.Name
}

// GetCurrentResourceVersion is a revision that holds every write which had ended before the call, and that the joined
// watch will soon have passed.
func (b *Backend) GetCurrentResourceVersion(ctx context.Context) (uint64, error) {
	hasLabs, err := b.served(ctx)
	if err != nil {
		return 0, err
	}
	// Both fences at once, and the lower of the two: then neither stream has to be asked again whether it got there.
	var labTouch *touch
	if labs := b.fences[datalabKind]; hasLabs && labs.enabled() {
		labTouch = labs.request()
	}
	rv, err := b.currentRevision(ctx)
	if err != nil || labTouch == nil {
		return rv, b.readError(err)
	}
	if labRV, err := labTouch.wait(ctx); err == nil {
		rv = min(rv, labRV)
	}
	return rv, nil
}

// RequestWatchProgress asks both streams to prove how far they have come.
func (b *Backend) RequestWatchProgress(context.Context) error {
	if live := b.live.Load(); live != nil {
		live.requestProgress()
	}
	return nil
}

// Watch is the cacher's affair: see source.
func (b *Backend) Watch(context.Context, string, storage.ListOptions) (watch.Interface, error) {
	return nil, apierrors.NewMethodNotSupported(eoepca.Resource("workspaces"), "watch past the cache")
}

// Stats does not count: nothing is stored here.
func (b *Backend) Stats(context.Context) (storage.Stats, error) {
	return storage.Stats{ObjectCount: -1}, nil
}

// ReadinessCheck says whether requests can be served.
func (b *Backend) ReadinessCheck() error { return b.Ready() }

// EnableResourceSizeEstimation estimates nothing: nothing is stored here.
func (b *Backend) EnableResourceSizeEstimation(storage.KeysFunc) error { return nil }

// CompactRevision is 0: compaction is kube-apiserver's, and shows as an expired revision.
func (b *Backend) CompactRevision() int64 { return 0 }
