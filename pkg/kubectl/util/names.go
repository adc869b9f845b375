package util

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/duration"
)

// NamesOrAll demands either names or --all.
func NamesOrAll(cmd *cobra.Command, names []string, all bool) error {
	switch {
	case all && len(names) > 0:
		return UsageErrorf(cmd, "give names or --all, not both")
	case !all && len(names) == 0:
		return UsageErrorf(cmd, "give at least one NAME, or --all")
	}
	return nil
}

// NotAmong says that the workspace has no item of this name, and which it has.
func NotAmong(workspace, kind, name string, names []string) error {
	const shown = 10
	switch {
	case len(names) == 0:
		return Errorf(ExitNotFound, "workspace %q has no %s %q: it has none", workspace, kind, name)
	case len(names) > shown:
		names = append(slices.Clone(names[:shown]), "…")
	}
	return Errorf(ExitNotFound, "workspace %q has no %s %q: it has %s", workspace, kind, name, strings.Join(names, ", "))
}

// Age is how long ago something was, as kubectl shows it.
func Age(then, now time.Time) string {
	if then.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(then))
}
