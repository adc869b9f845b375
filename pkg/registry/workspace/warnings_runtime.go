package workspace

import (
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

func instant(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// lifecycles warns of rules that delete at once.
func (w *warner) lifecycles(path *field.Path) {
	old := map[string][]eoepca.LifecycleRule{}
	for _, bucket := range w.old.Spec.Storage.Buckets {
		old[bucket.Name] = bucket.LifecycleRules
	}
	for i, bucket := range w.ws.Spec.Storage.Buckets {
		eachNew(w, path.Index(i).Child("lifecycleRules"), bucket.LifecycleRules, old[bucket.Name],
			func(r *eoepca.LifecycleRule) [3]string { return [3]string{r.Target, string(r.Mode), instant(r.At)} },
			func(path *field.Path, r *eoepca.LifecycleRule) {
				if r.Mode == eoepca.LifecycleDelete && r.At != nil && r.At.Time.Before(w.now) {
					w.add(path.Child("at"), "%s has passed: what matches %q is deleted at once", instant(r.At), r.Target)
				}
			})
	}
}

// stores warns of those that exist and that no operator looks after, and of sizes that are most likely a slip.
func (w *warner) stores(path *field.Path) {
	stores, old := &w.ws.Spec.Stores, &w.old.Spec.Stores
	w.unattended(path, "databases", len(stores.Databases))
	eachNew(w, path.Child("databases"), stores.Databases, old.Databases,
		func(d *eoepca.Database) [3]string { return [3]string{d.Name, d.Storage, d.BackupStorage} },
		func(path *field.Path, d *eoepca.Database) {
			w.size(path.Child("storage"), d.Storage)
			w.size(path.Child("backupStorage"), d.BackupStorage)
		})
	for _, each := range []struct {
		name        string
		stores, old []eoepca.Store
	}{
		{"vectors", stores.Vectors, old.Vectors},
		{"caches", stores.Caches, old.Caches},
		{"documents", stores.Documents, old.Documents},
	} {
		w.unattended(path, each.name, len(each.stores))
		eachNew(w, path.Child(each.name), each.stores, each.old,
			func(s *eoepca.Store) eoepca.Store { return *s },
			func(path *field.Path, s *eoepca.Store) { w.size(path.Child("storage"), s.Storage) })
	}
}

// unattended is for what exists: a new store of such a type is refused.
func (w *warner) unattended(path *field.Path, storeType string, count int) {
	if count == 0 || w.storeAvailable == nil || equality.Semantic.DeepEqual(w.ws.Spec, w.old.Spec) {
		return
	}
	if available, reason := w.storeAvailable(storeType); !available {
		w.add(path.Child(storeType), "are kept, but nothing will change or repair them: %s", reason)
	}
}

func (w *warner) runtime(path *field.Path) {
	runtime, old := &w.ws.Spec.Runtime, &w.old.Spec.Runtime
	principal := w.ws.Spec.Storage.Principal
	if runtime.SecretName != "" && runtime.SecretName != principal && runtime.SecretName != old.SecretName {
		w.add(path.Child("secretName"), "sessions wait for the Secret %q: the keys of this workspace come in %q, named by its principal", runtime.SecretName, principal)
	}
	if r := runtime.Registry; r != nil && !equality.Semantic.DeepEqual(r, old.Registry) {
		w.size(path.Child("registry", "storage"), r.Storage)
	}
	if q := runtime.Quota; q != nil && !equality.Semantic.DeepEqual(q, old.Quota) {
		w.size(path.Child("quota", "memory"), q.Memory)
		w.size(path.Child("quota", "storage"), q.Storage)
	}
}

// size warns of thousandths of a byte, which nobody means.
func (w *warner) size(path *field.Path, value string) {
	if number, milli := strings.CutSuffix(value, "m"); milli {
		w.add(path, "%q are thousandths of a byte: %sMi are mebibytes", value, number)
	}
}
