package validation

import (
	"fmt"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/env"
)

// variables refuses a new store, or a new database of one, of which an environment variable would have the name of another's:
// a-b and a--b are both A_B there. What collides already may stay.
func (v *validator) variables(path *field.Path) {
	known := map[item]bool{}
	for _, store := range env.Stores(&v.old.Spec.Stores) {
		for _, variable := range store.Variables() {
			known[itemOf(store, variable)] = true
		}
	}
	holders := map[string]item{}
	for _, store := range env.Stores(&v.ws.Spec.Stores) {
		told := map[item]bool{}
		for _, variable := range store.Variables() {
			if len(v.errs) >= maxErrors {
				return
			}
			this := itemOf(store, variable)
			holder, taken := holders[variable.Key]
			if !taken {
				holders[variable.Key] = this
				continue
			}
			if holder == this || known[holder] && known[this] || told[this] {
				continue
			}
			told[this] = true
			at := path.Child(store.Type).Index(store.Index)
			if i := variable.Database; i >= 0 {
				at = at.Child("databases").Index(i)
			} else {
				at = at.Child("name")
			}
			v.invalid(at, this.name(), fmt.Sprintf("would have the environment variable %s, which %s has: choose another name", variable.Key, holder))
		}
	}
}

// item is a store, or a database of one.
type item struct{ storeType, store, database string }

func itemOf(store env.Store, variable env.Variable) item {
	i := item{storeType: store.Type, store: store.Name}
	if variable.Database >= 0 {
		i.database = store.Databases[variable.Database]
	}
	return i
}

func (i item) name() string {
	if i.database != "" {
		return i.database
	}
	return i.store
}

func (i item) String() string {
	if i.database != "" {
		return fmt.Sprintf("database %q of %q", i.database, i.store)
	}
	return fmt.Sprintf("%q", i.store)
}
