package bucket

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// ruleFlags describe a lifecycle rule: --target, --mode, and --min-age or --at.
type ruleFlags struct {
	target string
	mode   modeFlag
	minAge ageFlag
	at     timeFlag
}

func (r *ruleFlags) addTo(f *util.Factory, workspace *util.WorkspaceFlag, cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&r.target, "target", r.target, `The objects that the rule is for: "*" or a prefix of their keys, which may end in "*". Quote it.`)
	flags.Var(&r.mode, "mode", "What the rule does: Delete removes the objects, Notify tells the users of the workspace.")
	flags.Var(&r.minAge, "min-age", "The age at which it does so: a number followed by s, m, h, d or w, such as 2w.")
	flags.Var(&r.at, "at", "The time from which it does so, in the form of RFC 3339, such as 2027-01-31T00:00:00Z.")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("mode", cobra.FixedCompletions(modes, cobra.ShellCompDirectiveNoFileComp)))
	for _, flag := range []string{"min-age", "at"} {
		cobra.CheckErr(cmd.RegisterFlagCompletionFunc(flag, cobra.NoFileCompletions))
	}
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("target",
		func(cmd *cobra.Command, args []string, toComplete string) ([]cobra.Completion, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeTargets(f, workspace, args[0])(cmd, nil, toComplete)
		}))
}

// given says whether any of the flags is.
func (r *ruleFlags) given(cmd *cobra.Command) bool {
	for _, flag := range []string{"target", "mode", "min-age", "at"} {
		if cmd.Flags().Changed(flag) {
			return true
		}
	}
	return false
}

// rule is what the flags describe, once it is whole.
func (r *ruleFlags) rule(cmd *cobra.Command) (v1alpha1.LifecycleRule, error) {
	rule := v1alpha1.LifecycleRule{Target: r.target, Mode: r.mode.LifecycleMode, MinAge: string(r.minAge)}
	if !r.at.IsZero() {
		rule.At = &metav1.Time{Time: r.at.Time}
	}
	switch {
	case rule.Target == "":
		return rule, util.UsageErrorf(cmd, `which objects? give --target "*" or a prefix of their keys`)
	case rule.Mode == "":
		return rule, util.UsageErrorf(cmd, "what becomes of them? give --mode %s", strings.Join(modes, " or "))
	case (rule.MinAge == "") == (rule.At == nil):
		return rule, util.UsageErrorf(cmd, "when? give either --min-age or --at")
	}
	return rule, nil
}

var modes = []string{string(v1alpha1.LifecycleDelete), string(v1alpha1.LifecycleNotify)}

// modeFlag is --mode.
type modeFlag struct{ v1alpha1.LifecycleMode }

func (m *modeFlag) String() string { return string(m.LifecycleMode) }
func (m *modeFlag) Type() string   { return strings.Join(modes, "|") }

// Set takes a mode in any case.
func (m *modeFlag) Set(text string) error {
	for _, mode := range modes {
		if strings.EqualFold(mode, text) {
			m.LifecycleMode = v1alpha1.LifecycleMode(mode)
			return nil
		}
	}
	return fmt.Errorf("give %s", strings.Join(modes, " or "))
}

// ageFlag is --min-age.
type ageFlag string

var age = regexp.MustCompile(`^\+?[0-9]+[smhdw]$`)

func (a *ageFlag) String() string { return string(*a) }
func (a *ageFlag) Type() string   { return "age" }

// Set takes an age as the API has it.
func (a *ageFlag) Set(text string) error {
	if !age.MatchString(text) {
		return fmt.Errorf("give a number followed by s, m, h, d or w, such as 2w")
	}
	*a = ageFlag(text)
	return nil
}

// timeFlag is --at.
type timeFlag struct{ time.Time }

func (t *timeFlag) Type() string { return "time" }
func (t *timeFlag) String() string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339)
}

// Set takes a time of RFC 3339.
func (t *timeFlag) Set(text string) (err error) {
	if t.Time, err = time.Parse(time.RFC3339, text); err != nil {
		return fmt.Errorf("give a time of RFC 3339, such as 2027-01-31T00:00:00Z")
	}
	return nil
}
