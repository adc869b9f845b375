package workspace

import (
	"context"
	"errors"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/registry/generic"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
	storeerr "k8s.io/apiserver/pkg/storage/errors"
	"k8s.io/apiserver/pkg/util/dryrun"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/oauth"
	"github.com/eoepca/workspaces/pkg/sessionproxy"
)

// Config is what the registry is built from.
type Config struct {
	Backend Backend
	Policy  Policy
	// Authorizer says who may get which workspaces, and so sees them. Nil: nobody sees more than is his.
	Authorizer authorizer.Authorizer
	// StoreAvailable tells whether a workspace may have new stores of a type, and if not, why; nil refuses none.
	StoreAvailable func(storeType string) (bool, string)
	// Cluster reads, live, the Secrets of workspaces by name, and what is in the namespaces that their sessions run in.
	Cluster corev1client.CoreV1Interface
	// Issuer issues the tokens of workspaces; nil when none are issued.
	Issuer *oauth.Issuer
	// Sessions carries requests to sessions.
	Sessions *sessionproxy.Proxy
	// Stopping is closed when requests to sessions must end.
	Stopping <-chan struct{}
	// Now is the clock; nil is the wall clock.
	Now func() time.Time
}

// NewStorage returns the REST storage of workspaces and of each subresource, by path. A further subresource is a file
// of this package and a line here.
func NewStorage(config Config) (map[string]rest.Storage, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	workspaces, err := newREST(config)
	if err != nil {
		return nil, err
	}
	secrets := secretReader{secrets: config.Cluster, claims: config.Backend}
	namespaces := sessionNamespaces{namespaces: config.Cluster, claims: config.Backend}
	all := map[string]rest.Storage{
		"workspaces":             workspaces,
		"workspaces/status":      &statusREST{workspaces: workspaces},
		"workspaces/proxy":       newProxyREST(workspaces, namespaces, config),
		"workspaces/launch":      &launchREST{sessions: newSectionREST(workspaces, sections["sessions"]), answerPartly: config.Backend.AnswerPartly, now: config.Now},
		"workspaces/sharing":     &sharingREST{workspaces: workspaces},
		"workspaces/credentials": &credentialsREST{workspaces: workspaces, secrets: secrets, policy: config.Policy},
		"workspaces/token":       newTokenREST(workspaces, secrets, config.Issuer, config.Now),
		"workspaces/usage":       &usageREST{workspaces: workspaces, namespaces: namespaces, quotas: config.Cluster, claims: config.Cluster},
		"workspaces/kubeconfig":  &kubeconfigREST{workspaces: workspaces, secrets: secrets},
	}
	for name, section := range sections {
		all["workspaces/"+name] = newSectionREST(workspaces, section)
	}
	return all, nil
}

// REST serves workspaces.
type REST struct {
	*genericregistry.Store
	backend Backend
}

var (
	_ rest.StandardStorage      = (*REST)(nil)
	_ rest.StorageWithReadiness = (*REST)(nil)
	_ rest.SingularNameProvider = (*REST)(nil)
	_ rest.ShortNamesProvider   = (*REST)(nil)
	_ rest.CategoriesProvider   = (*REST)(nil)
	_ rest.ResetFieldsStrategy  = (*REST)(nil)
)

func newREST(config Config) (*REST, error) {
	strategy := newStrategy(config)
	store := &genericregistry.Store{
		NewFunc:                   func() runtime.Object { return &eoepca.Workspace{} },
		NewListFunc:               func() runtime.Object { return &eoepca.WorkspaceList{} },
		DefaultQualifiedResource:  eoepca.Resource("workspaces"),
		SingularQualifiedResource: eoepca.Resource("workspace"),
		PredicateFunc:             predicate,
		CreateStrategy:            strategy,
		UpdateStrategy:            strategy,
		DeleteStrategy:            strategy,
		ResetFieldsStrategy:       strategy,
		TableConvertor:            table{},
		ReturnDeletedObject:       true,
		ShouldDeleteDuringUpdate:  releases,
	}
	options := &generic.StoreOptions{RESTOptions: config.Backend.RESTOptionsGetter(), AttrFunc: attributes}
	if err := store.CompleteWithOptions(options); err != nil {
		return nil, err
	}
	// Here, so that no verb and no subresource can go around it.
	store.Storage.Storage = access.NewFilter(store.Storage.Storage, store.KeyRootFunc(context.Background()), config.Authorizer)
	store.StorageVersioner = v1alpha1.SchemeGroupVersion // discovery tells its hash, as of all that is stored
	return &REST{Store: store, backend: config.Backend}, nil
}

// releases says whether an update takes the last finalizer off a terminating workspace, which completes its deletion. One
// that had none is held by its parts alone: it is updated as any other.
func releases(_ context.Context, _ string, _, existing runtime.Object) bool {
	return len(existing.(*eoepca.Workspace).Finalizers) > 0
}

// ShortNames are what kubectl also calls workspaces. Not "ws": Kubeflow has it.
func (*REST) ShortNames() []string { return []string{"wks"} }

// Categories are the names that select workspaces among others.
func (*REST) Categories() []string { return []string{"eoepca"} }

// Create makes a workspace. A dry run ends with the parts' word on the completed and valid object: the generic
// registry never reaches the storage then.
func (r *REST) Create(ctx context.Context, obj runtime.Object, validate rest.ValidateObjectFunc, options *metav1.CreateOptions) (runtime.Object, error) {
	// The storage would refuse it too, with an error that has no code and passes for a failure of the server.
	if version := obj.(*eoepca.Workspace).ResourceVersion; version != "" && version != "0" {
		return nil, apierrors.NewBadRequest(storage.ErrResourceVersionSetOnCreate.Error())
	}
	if dryrun.IsDryRun(options.DryRun) {
		validate = r.askPartsOnCreate(validate)
	}
	return r.Store.Create(ctx, obj, validate, options)
}

// Update changes a workspace, or creates it for apply. A dry run ends as that of Create does.
func (r *REST) Update(ctx context.Context, name string, info rest.UpdatedObjectInfo, validateCreate rest.ValidateObjectFunc, validateUpdate rest.ValidateObjectUpdateFunc, forceAllowCreate bool, options *metav1.UpdateOptions) (runtime.Object, bool, error) {
	if dryrun.IsDryRun(options.DryRun) {
		validateCreate = r.askPartsOnCreate(validateCreate)
		validateUpdate = r.askPartsOnUpdate(validateUpdate)
	}
	return r.Store.Update(ctx, name, blameClient{info}, validateCreate, validateUpdate, forceAllowCreate, options)
}

// blameClient gives a code to the errors of patches that cannot be applied, of manifests with fields that a workspace
// has not, and of versions that are none: those that come without one would be told as the server's own failure.
type blameClient struct{ rest.UpdatedObjectInfo }

func (b blameClient) UpdatedObject(ctx context.Context, old runtime.Object) (runtime.Object, error) {
	obj, err := b.UpdatedObjectInfo.UpdatedObject(ctx, old)
	var status apierrors.APIStatus
	if err != nil && ctx.Err() == nil && !errors.As(err, &status) {
		return nil, apierrors.NewBadRequest(err.Error())
	}
	if ws, ok := obj.(*eoepca.Workspace); err == nil && ok {
		err = checkVersion(ws.ResourceVersion)
	}
	return obj, err
}

// Delete begins or completes the deletion of a workspace.
func (r *REST) Delete(ctx context.Context, name string, validate rest.ValidateObjectFunc, options *metav1.DeleteOptions) (runtime.Object, bool, error) {
	obj, deleted, err := r.Store.Delete(ctx, name, validate, options)
	if ws, ok := obj.(*eoepca.Workspace); err == nil && ok && deleted {
		// While parts are going the answer is the terminating workspace; a Status would say that it is gone.
		if ws.DeletionTimestamp != nil {
			return ws, false, nil
		}
		return &metav1.Status{Status: metav1.StatusSuccess, Details: &metav1.StatusDetails{
			Name:  ws.Name,
			Group: eoepca.GroupName,
			Kind:  "workspaces", // by convention the resource
			UID:   ws.UID,
		}}, true, nil
	}
	return obj, deleted, err
}

func (r *REST) askPartsOnCreate(then rest.ValidateObjectFunc) rest.ValidateObjectFunc {
	return func(ctx context.Context, obj runtime.Object) error {
		if then != nil {
			if err := then(ctx, obj); err != nil {
				return err
			}
		}
		ws := obj.(*eoepca.Workspace)
		err := r.backend.DryRunCreate(ctx, ws)
		if storage.IsExist(err) {
			if _, unseen := r.Get(ctx, ws.Name, &metav1.GetOptions{}); unseen == nil {
				return nil // the generic registry finds it too, and tells if it is being deleted
			}
		}
		return storeerr.InterpretCreateError(err, eoepca.Resource("workspaces"), ws.Name)
	}
}

func (r *REST) askPartsOnUpdate(then rest.ValidateObjectUpdateFunc) rest.ValidateObjectUpdateFunc {
	return func(ctx context.Context, obj, old runtime.Object) error {
		if then != nil {
			if err := then(ctx, obj, old); err != nil {
				return err
			}
		}
		ws := obj.(*eoepca.Workspace)
		return storeerr.InterpretUpdateError(r.backend.DryRunUpdate(ctx, ws, old.(*eoepca.Workspace)), eoepca.Resource("workspaces"), ws.Name)
	}
}
