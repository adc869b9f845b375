package workspace

import (
	"context"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage"
	"k8s.io/apiserver/pkg/storage/names"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/access"
	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/defaulting"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/install"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/validation"
)

// strategy says what a client may set on a workspace, what is filled in, and what is refused.
type strategy struct {
	runtime.ObjectTyper
	names.NameGenerator

	backend        Backend
	policy         Policy
	storeAvailable func(storeType string) (bool, string)
	now            func() time.Time
}

var (
	_ rest.RESTCreateStrategy  = strategy{}
	_ rest.RESTUpdateStrategy  = strategy{}
	_ rest.RESTDeleteStrategy  = strategy{}
	_ rest.ResetFieldsStrategy = strategy{}
)

func newStrategy(config Config) strategy {
	return strategy{
		ObjectTyper:    install.Scheme,
		NameGenerator:  names.SimpleNameGenerator,
		backend:        config.Backend,
		policy:         config.Policy,
		storeAvailable: config.StoreAvailable,
		now:            config.Now,
	}
}

func (strategy) NamespaceScoped() bool { return true }

// AllowCreateOnUpdate is false, as for a custom resource: only apply creates what is missing.
func (strategy) AllowCreateOnUpdate(context.Context) bool { return false }

// AllowUnconditionalUpdate is false, as for a custom resource: a PUT names the version that it replaces.
func (strategy) AllowUnconditionalUpdate(context.Context) bool { return false }

// GetResetFields keeps appliers from owning the status, which only providers write.
func (strategy) GetResetFields() map[fieldpath.APIVersion]*fieldpath.Set {
	return map[fieldpath.APIVersion]*fieldpath.Set{
		fieldpath.APIVersion(v1alpha1.SchemeGroupVersion.String()): fieldpath.NewSet(fieldpath.MakePathOrDie("status")),
	}
}

func (s strategy) PrepareForCreate(ctx context.Context, obj runtime.Object) {
	ws := obj.(*eoepca.Workspace)
	warnOfStatus(ctx, &ws.Status, &eoepca.WorkspaceStatus{})
	ws.Status = eoepca.WorkspaceStatus{}
	ws.Generation = 1
	defaulting.Create(ws, caller(ctx), s.now(), s.backend.DatalabInstalled(), &s.policy.Defaults)
}

func (s strategy) PrepareForUpdate(ctx context.Context, obj, old runtime.Object) {
	ws, was := obj.(*eoepca.Workspace), old.(*eoepca.Workspace)
	warnOfStatus(ctx, &ws.Status, &was.Status)
	ws.Status = was.Status
	defaulting.Update(ws, was, s.now())
	// What is stored grows with the parts' generations; this is what a dry run answers.
	if !equality.Semantic.DeepEqual(ws.Spec, was.Spec) {
		ws.Generation = was.Generation + 1
	}
}

func (s strategy) Validate(ctx context.Context, obj runtime.Object) field.ErrorList {
	return validation.Create(obj.(*eoepca.Workspace), s.validationOptions(ctx))
}

func (s strategy) ValidateUpdate(ctx context.Context, obj, old runtime.Object) field.ErrorList {
	return validation.Update(obj.(*eoepca.Workspace), old.(*eoepca.Workspace), s.validationOptions(ctx))
}

func (s strategy) WarningsOnCreate(ctx context.Context, obj runtime.Object) []string {
	return s.warnings(ctx, obj.(*eoepca.Workspace), &eoepca.Workspace{})
}

func (s strategy) WarningsOnUpdate(ctx context.Context, obj, old runtime.Object) []string {
	return s.warnings(ctx, obj.(*eoepca.Workspace), old.(*eoepca.Workspace))
}

func (strategy) Canonicalize(obj runtime.Object) { eoepca.Canonicalize(obj.(*eoepca.Workspace)) }

func (s strategy) validationOptions(ctx context.Context) validation.Options {
	return validation.Options{
		NamePrefix:       s.policy.Defaults.NamePrefix,
		MaxSessions:      s.policy.Defaults.MaxSessions,
		DatalabInstalled: s.backend.DatalabInstalled(),
		StoreAvailable:   s.storeAvailable,
		BucketOwner:      s.backend.BucketOwner,
		PrincipalOwner:   s.backend.PrincipalOwner,
		SecretOwner:      s.backend.SecretOwner,
		Grantee:          s.backend.Grantee,
		Caller:           caller(ctx),
		Now:              s.now(),
	}
}

func caller(ctx context.Context) string {
	if user, ok := genericapirequest.UserFrom(ctx); ok {
		return user.GetName()
	}
	return ""
}

// attributes are what label and field selectors select by, and the filter by readers.
func attributes(obj runtime.Object) (labels.Set, fields.Set, error) {
	ws := obj.(*eoepca.Workspace)
	return ws.Labels, fields.Set{
		"metadata.name":      ws.Name,
		"metadata.namespace": ws.Namespace,
		"spec.owner":         ws.Spec.Owner,
		"spec.environment":   ws.Spec.Environment,
		access.ReadersField:  access.Readers(ws),
	}, nil
}

func predicate(label labels.Selector, field fields.Selector) storage.SelectionPredicate {
	return storage.SelectionPredicate{Label: label, Field: field, GetAttrs: attributes}
}
