package workspace

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// section is a part of the spec that has a subresource, and so a permission, of its own.
type section struct {
	// fields match what the section holds.
	fields []*fieldpath.SetMatcher
	// take copies the section from one spec to another.
	take func(to, from *eoepca.WorkspaceSpec)
}

// sectionStrategy lets an update change one section; everything else in the body is ignored, as with status.
type sectionStrategy struct {
	strategy
	section section
}

func (s sectionStrategy) PrepareForUpdate(ctx context.Context, obj, old runtime.Object) {
	ws, was := obj.(*eoepca.Workspace), old.(*eoepca.Workspace)
	// Both have the same resourceVersion here; managedFields have already been brought up to date with the change.
	changed := was.DeepCopy()
	s.section.take(&changed.Spec, &ws.Spec)
	changed.ManagedFields = ws.ManagedFields
	*ws = *changed
	s.strategy.PrepareForUpdate(ctx, ws, was)
}

// resetFieldsFilter keeps appliers from owning what the section ignores.
func (s section) resetFieldsFilter() map[fieldpath.APIVersion]fieldpath.Filter {
	return map[fieldpath.APIVersion]fieldpath.Filter{
		fieldpath.APIVersion(v1alpha1.SchemeGroupVersion.String()): fieldpath.NewIncludeMatcherFilter(s.fields...),
	}
}

// sectionREST serves a section of workspaces: get, update, patch and apply of the Workspace, of which only the section
// may change.
type sectionREST struct {
	workspaces *REST
	section    section
}

var (
	_ rest.Patcher                   = (*sectionREST)(nil)
	_ rest.ResetFieldsFilterStrategy = (*sectionREST)(nil)
	_ rest.TableConvertor            = (*sectionREST)(nil)
)

func newSectionREST(workspaces *REST, section section) *sectionREST {
	store := *workspaces.Store
	store.UpdateStrategy = sectionStrategy{strategy: workspaces.UpdateStrategy.(strategy), section: section}
	return &sectionREST{workspaces: &REST{Store: &store, backend: workspaces.backend}, section: section}
}

func (*sectionREST) New() runtime.Object { return &eoepca.Workspace{} }

// Destroy has nothing to do: the storage belongs to workspaces.
func (*sectionREST) Destroy() {}

func (r *sectionREST) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	return r.workspaces.Get(ctx, name, options)
}

// Update changes the section. A subresource never creates, even for apply.
func (r *sectionREST) Update(ctx context.Context, name string, info rest.UpdatedObjectInfo, validateCreate rest.ValidateObjectFunc, validateUpdate rest.ValidateObjectUpdateFunc, _ bool, options *metav1.UpdateOptions) (runtime.Object, bool, error) {
	return r.workspaces.Update(ctx, name, info, validateCreate, validateUpdate, false, options)
}

func (r *sectionREST) GetResetFieldsFilter() map[fieldpath.APIVersion]fieldpath.Filter {
	return r.section.resetFieldsFilter()
}

func (r *sectionREST) ConvertToTable(ctx context.Context, obj, options runtime.Object) (*metav1.Table, error) {
	return r.workspaces.ConvertToTable(ctx, obj, options)
}
