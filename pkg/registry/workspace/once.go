package workspace

import (
	"context"

	"k8s.io/apimachinery/pkg/api/operation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/registry/rest"
)

var _ rest.DeclarativeValidationStrategy = strategy{}

// ValidateDeclaratively is called last, and has no rules of its own: it sees to it that each mistake is told once, as on built-in
// types. The generic checks tell those of metadata twice.
func (strategy) ValidateDeclaratively(_ context.Context, _, _ runtime.Object, errs field.ErrorList, _ operation.Type, _ rest.DeclarativeValidationConfig) field.ErrorList {
	told := sets.New[string]()
	var once field.ErrorList
	for _, err := range errs {
		if text := err.Error(); !told.Has(text) {
			told.Insert(text)
			once = append(once, err)
		}
	}
	return once
}

// DeclarativeValidationConfig has nothing to say.
func (strategy) DeclarativeValidationConfig(context.Context, runtime.Object, runtime.Object) rest.DeclarativeValidationConfig {
	return rest.DeclarativeValidationConfig{}
}
