package util

import (
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

// Age is how long ago something was, as kubectl shows it.
func Age(then, now time.Time) string {
	if then.IsZero() {
		return "<unknown>"
	}
	return duration.HumanDuration(now.Sub(then))
}
