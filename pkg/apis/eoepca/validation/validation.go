// Package validation holds the rules that a workspace must keep. Each error names the field, the value and what would
// be accepted. Functions from values to values only: what a rule needs to know of the cluster is handed in.
//
// An update is checked only where it changes something: a pair of parts that existed before the rules did stays usable.
package validation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Options is what the rules need to know of the server and its cluster.
type Options struct {
	// NamePrefix starts the name of every new workspace.
	NamePrefix string
	// MaxSessions is the number of sessions that a workspace may declare.
	MaxSessions int
	// DatalabInstalled says whether the cluster has the Datalab kind.
	DatalabInstalled bool
	// StoreAvailable says whether a new store of this type can be made, and if not, why. Nil: it can.
	StoreAvailable func(storeType string) (available bool, reason string)
	// BucketOwner finds the workspace of the cluster that owns a bucket. Nil: nobody owns any.
	BucketOwner func(bucket string) (namespace, workspace string, found bool)
	// PrincipalOwner finds the workspace of the cluster that has a principal. Nil: nobody has any.
	PrincipalOwner func(principal string) (namespace, workspace string, found bool)
	// SecretOwner finds the workspace of a namespace that has a Secret, as its principal's or by its name. Nil: nobody has any.
	SecretOwner func(namespace, secret string) (workspace string, found bool)
	// Grantee answers the principal of whom a grant names: the name itself, or that of the workspace of this name. Not known:
	// there is none, or the workspace may not know of him. Nil: nobody is known.
	Grantee func(ws *eoepca.Workspace, name string) (principal string, known bool)
	// Caller is the user who asks, for messages.
	Caller string
	// Now is the time of the request.
	Now time.Time
}

// Create checks a new workspace.
func Create(ws *eoepca.Workspace, opts Options) field.ErrorList {
	v := &validator{opts: opts, ws: ws, old: &eoepca.Workspace{}, creating: true}
	if v.name(field.NewPath("metadata", "name")); len(v.errs) == 0 { // much else follows from the name
		v.all()
	}
	return v.errs
}

// Update checks what a workspace has that its old state had not.
func Update(ws, old *eoepca.Workspace, opts Options) field.ErrorList {
	v := &validator{opts: opts, ws: ws, old: old}
	v.all()
	return v.errs
}

// validator collects the errors of one workspace.
type validator struct {
	opts     Options
	ws, old  *eoepca.Workspace
	creating bool
	errs     field.ErrorList
}

func (v *validator) all() {
	metadata, spec := field.NewPath("metadata"), field.NewPath("spec")
	v.internalKeys(metadata.Child("labels"), v.ws.Labels, v.old.Labels)
	v.internalKeys(metadata.Child("annotations"), v.ws.Annotations, v.old.Annotations)
	v.finalizers(metadata.Child("finalizers"))
	v.immutable(spec.Child("environment"), v.ws.Spec.Environment, v.old.Spec.Environment)
	v.storage(spec.Child("storage"))
	if !v.opts.DatalabInstalled {
		v.noDatalab(spec)
		return
	}
	v.owner(spec.Child("owner"))
	v.members(spec.Child("members"))
	v.sessions(spec.Child("sessions"))
	v.stores(spec.Child("stores"))
	v.runtime(spec.Child("runtime"))
}

func (v *validator) name(path *field.Path) {
	name := v.ws.Name
	if name == "" {
		v.required(path, "name or generateName is required") // as the generic checks have it, which come too late
		return
	}
	if problems := validation.IsDNS1123Label(name); len(problems) > 0 {
		v.invalid(path, name, strings.Join(problems, "; "))
	}
	if !strings.HasPrefix(name, v.opts.NamePrefix) {
		v.invalid(path, name, fmt.Sprintf("must start with %q", v.opts.NamePrefix))
	}
	for _, secret := range eoepca.NamedSecrets(name) {
		if v.othersSecret(secret) {
			v.invalid(path, name, fmt.Sprintf("its Secret %q is that of another workspace: choose another name", secret))
		}
	}
}

// InternalPrefixes start the labels and annotations that the server and the providers keep for themselves.
var InternalPrefixes = []string{"storages.pkg.internal/", "datalabs.pkg.internal/", "crossplane.io/", "workspaces.eoepca.org/"}

// Internal says whether a label or annotation is one that the server and the providers keep for themselves.
func Internal(key string) bool {
	return slices.ContainsFunc(InternalPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) })
}

func (v *validator) internalKeys(path *field.Path, keys, old map[string]string) {
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		if value, exists := old[key]; Internal(key) && (!exists || value != keys[key]) {
			v.forbidden(path.Key(key), "is kept by the server: use a key of another prefix")
		}
	}
}

func (v *validator) finalizers(path *field.Path) {
	known := sets.New(v.old.Finalizers...)
	for i, finalizer := range v.ws.Finalizers {
		domain, _, _ := strings.Cut(finalizer, "/")
		internal := Internal(finalizer) || domain == "crossplane.io" || strings.HasSuffix(domain, ".crossplane.io")
		if internal && !known.Has(finalizer) {
			v.forbidden(path.Index(i), fmt.Sprintf("%q is kept by the server: use a finalizer of another domain", finalizer))
		}
	}
}

// noDatalab refuses what only a Datalab can hold.
func (v *validator) noDatalab(path *field.Path) {
	const reason = "needs the Datalab kind, which this cluster does not have: leave it out"
	spec, old := &v.ws.Spec, &v.old.Spec
	for _, section := range []struct {
		name                string
		value, was, nothing any
	}{
		{"owner", spec.Owner, old.Owner, ""},
		{"members", spec.Members, old.Members, []eoepca.Member(nil)},
		{"sessions", spec.Sessions, old.Sessions, []eoepca.Session(nil)},
		{"stores", spec.Stores, old.Stores, eoepca.Stores{}},
		{"runtime", spec.Runtime, old.Runtime, eoepca.Runtime{}},
	} {
		if !same(section.value, section.was) && !same(section.value, section.nothing) {
			v.forbidden(path.Child(section.name), reason)
		}
	}
}

// immutable refuses another value than the one that was once set.
func (v *validator) immutable(path *field.Path, value, old string) {
	if old != "" && value != old {
		v.invalid(path, value, fmt.Sprintf("is immutable: must stay %q", old))
	}
}

// stamp checks a time that the server gives when it is left out.
func (v *validator) stamp(path *field.Path, at, old *metav1.Time) {
	switch {
	case old != nil && (at == nil || at.Unix() != old.Unix()):
		v.invalid(path, timeString(at), "may not change once it is set: leave it out, or send "+timeString(old))
	case old == nil && at != nil && at.After(v.opts.Now):
		v.invalid(path, timeString(at), "may not be in the future: leave it out, and the server sets it")
	}
}

func timeString(t *metav1.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (v *validator) invalid(path *field.Path, value any, detail string) {
	v.errs = append(v.errs, field.Invalid(path, value, detail))
}

func (v *validator) forbidden(path *field.Path, detail string) {
	v.errs = append(v.errs, field.Forbidden(path, detail))
}

// required tells of what must be there, with a detail where the field alone does not say what is wanted.
func (v *validator) required(path *field.Path, detail string) {
	v.errs = append(v.errs, field.Required(path, detail))
}

func (v *validator) duplicate(path *field.Path, value any) {
	v.errs = append(v.errs, field.Duplicate(path, value))
}

func same(a, b any) bool { return equality.Semantic.DeepEqual(a, b) }
