package storetype

import (
	"context"

	"github.com/google/uuid"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metainternalversion "k8s.io/apimachinery/pkg/apis/meta/internalversion"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apiserver/pkg/registry/rest"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// NewStorage returns the REST storage of store types, by path.
func NewStorage(types *Types) map[string]rest.Storage {
	return map[string]rest.Storage{"storetypes": &REST{types: types}}
}

// REST serves store types to be read. They cannot be watched: nothing of them is stored, so there is no history to resume.
type REST struct {
	table
	types *Types
}

var (
	_ rest.Storage              = (*REST)(nil)
	_ rest.Scoper               = (*REST)(nil)
	_ rest.Getter               = (*REST)(nil)
	_ rest.Lister               = (*REST)(nil)
	_ rest.SingularNameProvider = (*REST)(nil)
)

// New returns an empty store type.
func (*REST) New() runtime.Object { return &eoepca.StoreType{} }

// NewList returns an empty list.
func (*REST) NewList() runtime.Object { return &eoepca.StoreTypeList{} }

// Destroy has nothing to do.
func (*REST) Destroy() {}

// NamespaceScoped is false: operators are the whole cluster's.
func (*REST) NamespaceScoped() bool { return false }

// GetSingularName is what one is called.
func (*REST) GetSingularName() string { return "storetype" }

// Get reads one store type.
func (r *REST) Get(_ context.Context, name string, _ *metav1.GetOptions) (runtime.Object, error) {
	each, found := find(name)
	if !found {
		return nil, apierrors.NewNotFound(eoepca.Resource("storetypes"), name)
	}
	computed := r.compute(each, r.types.config.Operators.version())
	return &computed, nil
}

// List reads the store types that the selectors fit. There are few enough that limits do not matter.
func (r *REST) List(_ context.Context, options *metainternalversion.ListOptions) (runtime.Object, error) {
	label, field := labels.Everything(), fields.Everything()
	if options != nil && options.LabelSelector != nil {
		label = options.LabelSelector
	}
	if options != nil && options.FieldSelector != nil {
		field = options.FieldSelector
	}
	version := r.types.config.Operators.version()
	list := &eoepca.StoreTypeList{ListMeta: metav1.ListMeta{ResourceVersion: version}, Items: []eoepca.StoreType{}}
	for _, each := range catalogue {
		if label.Matches(labels.Set{}) && field.Matches(fields.Set{metav1.ObjectNameField: each.name}) {
			list.Items = append(list.Items, r.compute(each, version))
		}
	}
	return list, nil
}

// compute answers what is so at a version, which is asked for first: what is found out later is at least as new.
func (r *REST) compute(each storeType, version string) eoepca.StoreType {
	status, since := r.types.status(each)
	return eoepca.StoreType{
		ObjectMeta: metav1.ObjectMeta{
			Name:              each.name,
			UID:               uid(each.name),
			ResourceVersion:   version,
			CreationTimestamp: since,
		},
		Spec:   eoepca.StoreTypeSpec{Engine: each.engine, Operator: each.operator},
		Status: status,
	}
}

// uid is made from the name, so that it is the same on every replica and in every cluster.
func uid(name string) types.UID {
	return types.UID(uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name+".storetypes."+eoepca.GroupName)).String())
}
