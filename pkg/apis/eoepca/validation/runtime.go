package validation

import (
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func (v *validator) runtime(path *field.Path) {
	runtime, old := &v.ws.Spec.Runtime, &v.old.Spec.Runtime
	v.resourceName(path.Child("secretName"), runtime.SecretName, old.SecretName)
	v.ownSecret(path.Child("secretName"), runtime.SecretName, old.SecretName)

	registry, oldRegistry := orEmpty(runtime.Registry), orEmpty(old.Registry)
	v.optionalSize(path.Child("registry", "storage"), registry.Storage, oldRegistry.Storage)

	persistence, oldPersistence := orEmpty(runtime.Persistence), orEmpty(old.Persistence)
	v.resourceName(path.Child("persistence", "storageClassName"), persistence.StorageClassName, oldPersistence.StorageClassName)

	v.quota(path.Child("quota"), orEmpty(runtime.Quota), orEmpty(old.Quota))
	v.security(path.Child("security"), orEmpty(runtime.Security), orEmpty(old.Security))
}

func (v *validator) quota(path *field.Path, quota, old eoepca.Quota) {
	v.optionalSize(path.Child("memory"), quota.Memory, old.Memory)
	v.optionalSize(path.Child("storage"), quota.Storage, old.Storage)
	optionalEnum(v, path.Child("budget"), quota.Budget, old.Budget, eoepca.BudgetSmall, eoepca.BudgetMedium,
		eoepca.BudgetLarge, eoepca.BudgetXLarge, eoepca.BudgetXXLarge, eoepca.Budget3XLarge)
}

func (v *validator) security(path *field.Path, security, old eoepca.Security) {
	optionalEnum(v, path.Child("policy"), security.Policy, old.Policy,
		eoepca.SecurityRestricted, eoepca.SecurityBaseline, eoepca.SecurityPrivileged)
	optionalEnum(v, path.Child("kubernetesRole"), security.KubernetesRole, old.KubernetesRole,
		eoepca.KubernetesRoleAdmin, eoepca.KubernetesRoleEdit, eoepca.KubernetesRoleView)
}

// orEmpty reads a section that may be left out.
func orEmpty[T any](section *T) T {
	if section == nil {
		return *new(T)
	}
	return *section
}
