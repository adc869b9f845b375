package access

import (
	"context"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/storage"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// Filter is the storage of workspaces as the caller of a request may see it. Whoever may get all workspaces of a
// namespace sees them all; whoever may get one by its name sees that one where it is asked for by name; all
// others see what they own, are members of, or carry a group of.
type Filter struct {
	storage.Interface // what has no method below tells nothing of any one workspace

	prefix     string
	authorizer authorizer.Authorizer
}

var _ storage.Interface = (*Filter)(nil)

// NewFilter puts the filter around a storage with keys of the form <prefix>/<namespace>/<name>. Without an authorizer nobody
// sees more than is his.
func NewFilter(inner storage.Interface, prefix string, authorizer authorizer.Authorizer) *Filter {
	return &Filter{Interface: inner, prefix: prefix, authorizer: authorizer}
}

// Get answers a hidden workspace as one that does not exist. To ignore that is not to be told of it.
func (f *Filter) Get(ctx context.Context, key string, opts storage.GetOptions, out runtime.Object) error {
	if err := f.Interface.Get(ctx, key, opts, out); err != nil {
		return err
	}
	ws := out.(*eoepca.Workspace)
	if ws.Name == "" { // not found, and ignored
		return nil
	}
	if err := f.check(ctx, key, ws); err != nil {
		*ws = eoepca.Workspace{}
		return err
	}
	return nil
}

// GetList lists what the caller may see.
func (f *Filter) GetList(ctx context.Context, key string, opts storage.ListOptions, out runtime.Object) error {
	all, err := f.mayGet(ctx, key, opts.Recursive)
	if err != nil {
		return err
	}
	if all {
		return f.Interface.GetList(ctx, key, opts, out)
	}
	opts.Predicate = f.narrow(ctx, opts.Predicate)
	return f.listPage(ctx, key, opts, out.(*eoepca.WorkspaceList))
}

// Watch follows what the caller may see. What he loses sight of is DELETED, and what he gains is ADDED.
func (f *Filter) Watch(ctx context.Context, key string, opts storage.ListOptions) (watch.Interface, error) {
	all, err := f.mayGet(ctx, key, true)
	if err != nil {
		return nil, err
	}
	if all {
		return f.Interface.Watch(ctx, key, opts)
	}
	if !opts.Recursive {
		stranger, err := f.isStranger(ctx, key)
		if err != nil {
			return nil, err
		}
		if stranger {
			return f.watchByName(ctx, key, opts)
		}
	}
	opts.Predicate = f.narrow(ctx, opts.Predicate)
	return f.Interface.Watch(ctx, key, opts)
}

// GuaranteedUpdate changes only what the caller may see. Preconditions are checked later than that, since their errors
// tell of the workspace.
func (f *Filter) GuaranteedUpdate(
	ctx context.Context, key string, out runtime.Object, ignoreNotFound bool,
	preconditions *storage.Preconditions, update storage.UpdateFunc, cached runtime.Object,
) error {
	visibly := func(existing runtime.Object, res storage.ResponseMeta) (runtime.Object, *uint64, error) {
		if ws := existing.(*eoepca.Workspace); ws.Name != "" {
			if err := f.check(ctx, key, ws); err != nil {
				return nil, nil, err
			}
			if err := preconditions.Check(key, ws); err != nil {
				return nil, nil, err
			}
		}
		return update(existing, res)
	}
	return f.Interface.GuaranteedUpdate(ctx, key, out, ignoreNotFound, nil, visibly, cached)
}

// Delete deletes only what the caller may see, as GuaranteedUpdate changes it.
func (f *Filter) Delete(
	ctx context.Context, key string, out runtime.Object, preconditions *storage.Preconditions,
	validate storage.ValidateObjectFunc, cached runtime.Object, opts storage.DeleteOptions,
) error {
	visibly := func(ctx context.Context, obj runtime.Object) error {
		if err := f.check(ctx, key, obj.(*eoepca.Workspace)); err != nil {
			return err
		}
		if err := preconditions.Check(key, obj); err != nil {
			return err
		}
		return validate(ctx, obj)
	}
	return f.Interface.Delete(ctx, key, out, nil, visibly, cached, opts)
}

// check answers that a workspace does not exist when it is hidden from the caller.
func (f *Filter) check(ctx context.Context, key string, ws *eoepca.Workspace) error {
	caller, _ := genericapirequest.UserFrom(ctx)
	if newViewer(caller).sees(Readers(ws), ws.Name) {
		return nil
	}
	may, err := f.mayGet(ctx, key, false)
	if err == nil && !may {
		err = storage.NewKeyNotFoundError(key, 0)
	}
	return err
}

// mayGet says whether the caller may get everything under a key.
func (f *Filter) mayGet(ctx context.Context, key string, recursive bool) (bool, error) {
	namespace, name, _ := strings.Cut(strings.Trim(strings.TrimPrefix(key, f.prefix), "/"), "/")
	may, err := f.ask(ctx, namespace, "")
	if err != nil || may || recursive || name == "" {
		return may, err
	}
	return f.ask(ctx, namespace, name)
}

// ask asks the authorizer, which remembers its answers. Without an answer the request fails: to take it for a no would show
// an operator an empty list.
func (f *Filter) ask(ctx context.Context, namespace, name string) (bool, error) {
	caller, ok := genericapirequest.UserFrom(ctx)
	if !ok || f.authorizer == nil {
		return false, nil
	}
	decision, _, err := f.authorizer.Authorize(ctx, authorizer.AttributesRecord{
		User:            caller,
		Verb:            "get",
		APIGroup:        eoepca.GroupName,
		APIVersion:      v1alpha1.SchemeGroupVersion.Version,
		Resource:        "workspaces",
		Namespace:       namespace,
		Name:            name,
		ResourceRequest: true,
	})
	switch {
	case decision == authorizer.DecisionAllow:
		return true, nil
	case err != nil:
		return false, apierrors.NewInternalError(fmt.Errorf("ask which workspaces the caller may get: %w", err))
	default:
		return false, nil
	}
}
