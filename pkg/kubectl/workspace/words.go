package workspace

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

func orNone(text string) string {
	if text == "" {
		return none
	}
	return text
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

func yesNo(value *bool) string {
	if value != nil && *value {
		return "yes"
	}
	return "no"
}

// oneLine makes a text of a provider or a user fit into a table, and keeps it from steering the terminal.
func oneLine(text string) string { return util.Printable(text) }

func sortedKeys[V any](values map[string]V) []string { return slices.Sorted(maps.Keys(values)) }

// described are the annotations without kubectl's copy of the whole object, as in kubectl describe.
func described(annotations map[string]string) map[string]string {
	shown := maps.Clone(annotations)
	delete(shown, corev1.LastAppliedConfigAnnotation)
	return shown
}

// lifecycle says what happens to the objects of a bucket.
func lifecycle(rules []v1alpha1.LifecycleRule) string {
	texts := make([]string, 0, len(rules))
	for _, r := range rules {
		when := "after " + r.MinAge
		if r.At != nil {
			when = "at " + r.At.UTC().Format("2006-01-02T15:04:05Z")
		}
		texts = append(texts, string(r.Mode)+" "+r.Target+" "+when)
	}
	return strings.Join(texts, "; ")
}

// waitingFirst are the shares with those first that somebody has to decide.
func waitingFirst(shares []v1alpha1.BucketShare) []v1alpha1.BucketShare {
	sorted := slices.Clone(shares)
	slices.SortStableFunc(sorted, func(a, b v1alpha1.BucketShare) int { return rank(a) - rank(b) })
	return sorted
}

func rank(s v1alpha1.BucketShare) int {
	if s.State == v1alpha1.ShareRequested {
		return 0
	}
	return 1
}

// waiting are the shares that wait for a decision.
func waiting(shares []v1alpha1.BucketShare) (open []v1alpha1.BucketShare) {
	for _, s := range shares {
		if s.State == v1alpha1.ShareRequested {
			open = append(open, s)
		}
	}
	return open
}
