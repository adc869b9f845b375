package util

import (
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/duration"
)

// NamesOrAll demands either names or --all, and answers each name once, in the order given: one that is typed twice is one.
func NamesOrAll(cmd *cobra.Command, args []string, all bool) (names []string, err error) {
	switch {
	case all && len(args) > 0:
		return nil, UsageErrorf(cmd, "give names or --all, not both")
	case !all && len(args) == 0:
		return nil, UsageErrorf(cmd, "give at least one NAME, or --all")
	}
	return once(args), nil
}

// once is each name once, in the order given.
func once(args []string) (names []string) {
	for _, name := range args {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
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
