package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/warning"

	"github.com/eoepca/workspaces/pkg/apis/eoepca"
)

// Warnings tell of what is valid and yet will not do what was meant. A request is warned of what it changes, not of what
// was so before; only of stores that nobody looks after is it told whenever it changes the spec.

// maxWarnings is how many items of one list are warned of: headers are no place for more.
const maxWarnings = 5

// warner collects the warnings of one request.
type warner struct {
	ws, old *eoepca.Workspace
	caller  string
	now     time.Time
	// What is known of the rest of the cluster.
	granteeKnown   func(*eoepca.AccessGrant) bool
	bucketOffered  func(bucket string) bool
	storeAvailable func(storeType string) (bool, string)

	texts []string
}

func (s strategy) warnings(ctx context.Context, ws, old *eoepca.Workspace) []string {
	w := &warner{
		ws: ws, old: old, caller: caller(ctx), now: s.now(),
		granteeKnown: func(g *eoepca.AccessGrant) bool {
			_, known := s.backend.Grantee(ws, g.Grantee)
			return known
		},
		bucketOffered:  s.backend.BucketOffered,
		storeAvailable: s.storeAvailable,
	}
	return w.all()
}

func (w *warner) all() []string {
	spec := field.NewPath("spec")
	w.finalizers()
	w.owner(spec.Child("owner"))
	w.members(spec.Child("members"))
	w.grants(spec.Child("storage", "accessGrants"))
	w.requests(spec.Child("storage", "accessRequests"))
	w.lifecycles(spec.Child("storage", "buckets"))
	w.stores(spec.Child("stores"))
	w.runtime(spec.Child("runtime"))
	w.provided()
	return w.texts
}

func (w *warner) add(path *field.Path, text string, args ...any) {
	w.texts = append(w.texts, path.String()+": "+fmt.Sprintf(text, args...))
}

// finalizers warns as for a custom resource.
func (w *warner) finalizers() {
	standard := []string{metav1.FinalizerOrphanDependents, metav1.FinalizerDeleteDependents}
	for _, finalizer := range slices.Sorted(slices.Values(w.ws.Finalizers)) {
		if slices.Contains(w.old.Finalizers, finalizer) || slices.Contains(standard, finalizer) || strings.Contains(finalizer, "/") {
			continue
		}
		path := ""
		if strings.Contains(finalizer, ".") {
			path = "including a path (/) "
		}
		w.texts = append(w.texts, fmt.Sprintf("metadata.finalizers: %q: prefer a domain-qualified finalizer name %sto avoid accidental "+
			"conflicts with other finalizer writers", finalizer, path))
	}
}

// warnOfStatus tells who sends another status than there is that it is not taken over.
func warnOfStatus(ctx context.Context, sent, kept *eoepca.WorkspaceStatus) {
	if equality.Semantic.DeepEqual(*sent, eoepca.WorkspaceStatus{}) || equality.Semantic.DeepEqual(sent, kept) {
		return
	}
	warning.AddWarning(ctx, "", "status: is left as it is: only providers write it, on the parts of the workspace")
}

// eachNew calls for each item with a key that is not in the old list, and keeps the first few warnings that come of it.
func eachNew[T any, K comparable](w *warner, path *field.Path, items, old []T, key func(*T) K, warn func(*field.Path, *T)) {
	known := make(map[K]bool, len(old))
	for i := range old {
		known[key(&old[i])] = true
	}
	begin, more := len(w.texts), 0
	for i := range items {
		if known[key(&items[i])] {
			continue
		}
		before := len(w.texts)
		warn(path.Index(i), &items[i])
		if before-begin >= maxWarnings && len(w.texts) > before {
			w.texts = w.texts[:before]
			more++
		}
	}
	if more > 0 {
		w.add(path, "the same is so for %d more", more)
	}
}
