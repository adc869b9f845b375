package workspace

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/registry/generic"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/storage/storagebackend/factory"
	"k8s.io/client-go/tools/cache"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// memory is a Backend that keeps workspaces in a map: enough to see what the registry asks of a storage.
type memory struct {
	mu         sync.Mutex
	revision   uint64
	workspaces map[string]*eoepca.Workspace

	withoutDatalab bool
	// terminates makes a deletion leave the workspace behind, terminating.
	terminates bool
	// refuses is what the parts say to a dry run.
	refuses error
	dryRuns []string
	// offers is a bucket of another workspace.
	offers string
	// answeredPartly says whether the last update was to be.
	answeredPartly bool
	// watched is what the last watch selects.
	watched storage.SelectionPredicate
}

var _ Backend = (*memory)(nil)

func (m *memory) DryRunCreate(_ context.Context, ws *eoepca.Workspace) error {
	m.dryRuns = append(m.dryRuns, "create "+ws.Name+" of "+ws.Spec.Owner)
	return m.refuses
}

func (m *memory) DryRunUpdate(_ context.Context, ws, old *eoepca.Workspace) error {
	m.dryRuns = append(m.dryRuns, "update "+ws.Name+" of "+old.Spec.Owner+" to "+ws.Spec.Owner)
	return m.refuses
}

type partlyKey struct{}

func (m *memory) AnswerPartly(ctx context.Context) context.Context {
	return context.WithValue(ctx, partlyKey{}, true)
}

func (m *memory) DatalabInstalled() bool { return !m.withoutDatalab }

func (m *memory) BucketOwner(string) (string, string, bool) { return "", "", false }

func (m *memory) BucketOffered(bucket string) bool { return bucket == m.offers }

// Grantee knows every principal but zoe.
func (m *memory) Grantee(_ *eoepca.Workspace, name string) (string, bool) { return name, name != "zoe" }

func (m *memory) Sharing(_ context.Context, ws *eoepca.Workspace, version string) (*eoepca.WorkspaceSharing, error) {
	return &eoepca.WorkspaceSharing{ObjectMeta: metav1.ObjectMeta{Name: ws.Name, ResourceVersion: version}}, nil
}

func (m *memory) PrincipalOwner(principal string) (namespace, workspace string, found bool) {
	return m.owner(func(ws *eoepca.Workspace) bool { return ws.Spec.Storage.Principal == principal })
}

func (m *memory) SecretOwner(namespace, secret string) (workspace string, found bool) {
	_, workspace, found = m.owner(func(ws *eoepca.Workspace) bool {
		return ws.Namespace == namespace && (ws.Spec.Storage.Principal == secret || ws.Name == eoepca.SecretOf(secret))
	})
	return workspace, found
}

func (m *memory) NameOwner(name string) (namespace string, found bool) {
	namespace, _, found = m.owner(func(ws *eoepca.Workspace) bool { return ws.Name == name })
	return namespace, found
}

func (m *memory) CatchUp(context.Context, string) error { return nil }

// owner is the oldest that claims something.
func (m *memory) owner(claims func(*eoepca.Workspace) bool) (namespace, workspace string, found bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var oldest *eoepca.Workspace
	for _, key := range slices.Sorted(maps.Keys(m.workspaces)) {
		if ws := m.workspaces[key]; claims(ws) && (oldest == nil || ws.CreationTimestamp.Before(&oldest.CreationTimestamp)) {
			oldest = ws
		}
	}
	if oldest == nil {
		return "", "", false
	}
	return oldest.Namespace, oldest.Name, true
}

func (m *memory) RESTOptionsGetter() generic.RESTOptionsGetter {
	config := storagebackend.NewDefaultConfig("/workspaces", install.Codecs.LegacyCodec(v1alpha1.SchemeGroupVersion))
	return generic.RESTOptions{
		StorageConfig: config.ForResource(schema.GroupResource{Group: eoepca.GroupName, Resource: "workspaces"}),
		Decorator: func(*storagebackend.ConfigForResource, string, func(runtime.Object) (string, error), func() runtime.Object,
			func() runtime.Object, storage.AttrFunc, storage.IndexerFuncs, *cache.Indexers) (storage.Interface, factory.DestroyFunc, error) {
			return m, func() {}, nil
		},
		EnableGarbageCollection: true,
		ResourcePrefix:          "/workspaces",
	}
}

var errUnused = errors.New("not used by these tests")

func (m *memory) Versioner() storage.Versioner { return storage.APIObjectVersioner{} }

func (m *memory) Create(_ context.Context, key string, obj, out runtime.Object, _ uint64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, exists := m.workspaces[key]; exists {
		return storage.NewKeyExistsError(key, 0)
	}
	m.put(key, obj.(*eoepca.Workspace), out)
	return nil
}

func (m *memory) put(key string, ws *eoepca.Workspace, out runtime.Object) {
	m.revision++
	kept := ws.DeepCopy()
	kept.ResourceVersion = strconv.FormatUint(m.revision, 10)
	if m.workspaces == nil {
		m.workspaces = map[string]*eoepca.Workspace{}
	}
	m.workspaces[key] = kept
	kept.DeepCopyInto(out.(*eoepca.Workspace))
}

func (m *memory) Delete(ctx context.Context, key string, out runtime.Object, preconditions *storage.Preconditions, validate storage.ValidateObjectFunc, _ runtime.Object, _ storage.DeleteOptions) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	ws, exists := m.workspaces[key]
	if !exists {
		return storage.NewKeyNotFoundError(key, 0)
	}
	if err := cmp.Or(preconditions.Check(key, ws), validate(ctx, ws)); err != nil {
		return err
	}
	if m.terminates {
		ws = ws.DeepCopy()
		ws.DeletionTimestamp = &someTime
		m.put(key, ws, out)
		return nil
	}
	delete(m.workspaces, key)
	ws.DeepCopyInto(out.(*eoepca.Workspace))
	return nil
}

func (m *memory) Get(_ context.Context, key string, opts storage.GetOptions, out runtime.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	ws, exists := m.workspaces[key]
	if !exists {
		if opts.IgnoreNotFound {
			return runtime.SetZeroValue(out)
		}
		return storage.NewKeyNotFoundError(key, 0)
	}
	ws.DeepCopyInto(out.(*eoepca.Workspace))
	return nil
}

func (m *memory) GetList(_ context.Context, _ string, opts storage.ListOptions, out runtime.Object) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(m.workspaces)) {
		if matches, err := opts.Predicate.Matches(m.workspaces[key]); err != nil || !matches {
			continue
		}
		list := out.(*eoepca.WorkspaceList)
		list.Items = append(list.Items, *m.workspaces[key].DeepCopy())
	}
	return nil
}

func (m *memory) GuaranteedUpdate(ctx context.Context, key string, out runtime.Object, ignoreNotFound bool, preconditions *storage.Preconditions, update storage.UpdateFunc, _ runtime.Object) error {
	current := &eoepca.Workspace{}
	if err := m.Get(ctx, key, storage.GetOptions{IgnoreNotFound: ignoreNotFound}, current); err != nil {
		return err
	}
	if err := preconditions.Check(key, current); err != nil {
		return err
	}
	updated, _, err := update(current, storage.ResponseMeta{})
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answeredPartly = ctx.Value(partlyKey{}) != nil
	m.put(key, updated.(*eoepca.Workspace), out)
	return nil
}

func (m *memory) Watch(_ context.Context, _ string, opts storage.ListOptions) (watch.Interface, error) {
	m.watched = opts.Predicate
	return watch.NewEmptyWatch(), nil
}
func (m *memory) Stats(context.Context) (storage.Stats, error)              { return storage.Stats{}, errUnused }
func (m *memory) ReadinessCheck() error                                     { return nil }
func (m *memory) RequestWatchProgress(context.Context) error                { return errUnused }
func (m *memory) GetCurrentResourceVersion(context.Context) (uint64, error) { return m.revision, nil }
func (m *memory) EnableResourceSizeEstimation(storage.KeysFunc) error       { return nil }
func (m *memory) CompactRevision() int64                                    { return 0 }
