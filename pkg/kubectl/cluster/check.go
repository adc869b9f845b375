package cluster

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var checkExample = templates.Examples(`
	# Is everything there that workspaces need, and may you use it?
	kubectl workspace check

	# Before installing the server: is the cluster fit for it, and may you install it?
	kubectl workspace check --pre

	# What is wrong, for a script
	kubectl workspace check -o json | jq -r '.checks[] | select(.status == "failed") | .name'`)

// patience is how long one check may take: a server that is half up must not keep the others from being told.
const patience = 10 * time.Second

// status is how a check has ended.
type status string

const (
	statusOK      status = "ok"
	statusWarning status = "warning"
	statusFailed  status = "failed"
	// statusUnknown is what the caller may not know.
	statusUnknown status = "unknown"
)

// result is what a check has found.
type result struct {
	Name    string `json:"name"`
	Status  status `json:"status"`
	Message string `json:"message,omitempty"`
	// Hint is what to do.
	Hint string `json:"hint,omitempty"`
}

// report is what all checks have found.
type report struct {
	Checks []result `json:"checks"`
}

func (r report) failed() (n int) {
	for _, c := range r.Checks {
		if c.Status == statusFailed {
			n++
		}
	}
	return n
}

type checkOptions struct {
	*util.Factory
	output util.DataFlag
	pre    bool
}

// NewCheckCommand looks whether everything is there that workspaces need.
func NewCheckCommand(f *util.Factory) *cobra.Command {
	o := &checkOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look whether the cluster and the plugin are as they should be",
		Long: util.Long(
			"Look whether the cluster serves workspaces and what they need, whether you may use them, and whether the plugin is set up. Each line says "+
				"what to do where something is wrong; when something fails the exit code is 1. What you may not read is unknown, which is no failure.",
			"With --pre look instead whether the cluster is fit for the server of workspaces and whether you may install it."),
		Example:           checkExample,
		Args:              util.Args(cobra.NoArgs),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.output.Complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVar(&o.pre, "pre", o.pre, "Check what has to be there before the server is installed.")
	o.output.AddTo(cmd)
	return cmd
}

func (o *checkOptions) run(ctx context.Context) error {
	c, err := connect(o.Factory)
	if err != nil {
		return err
	}
	r := c.check(ctx, o.pre)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if written, err := o.output.Print(o.Out, r); err != nil {
		return err
	} else if !written {
		printReport(o.Out, o.Style(o.Out), r)
	}
	if n := r.failed(); n > 0 {
		return util.Errorf(util.ExitError, "%d of %d checks failed", n, len(r.Checks))
	}
	return nil
}

// check runs all checks; those of the cluster only if there is one.
func (c *cluster) check(ctx context.Context, pre bool) (r report) {
	checks := []func(context.Context) result{c.checkKubernetes, c.checkUser}
	if pre {
		checks = append(checks, c.checkAggregation, c.checkStorages, c.checkDatalabs, c.checkInstaller)
	} else {
		checks = append(checks, c.checkAPIService, c.checkAPI, c.checkVersion, c.checkStorages, c.checkDatalabs, c.checkStoreTypes, c.checkAccess)
	}
	for i, check := range checks {
		limited, cancel := context.WithTimeout(ctx, patience)
		found := check(limited)
		cancel()
		r.Checks = append(r.Checks, found)
		if i == 0 && found.Status == statusFailed {
			break
		}
	}
	r.Checks = append(r.Checks, c.checkPath()...)
	return r
}

func printReport(w io.Writer, style util.Style, r report) {
	signs := map[status]string{
		statusOK: style.Good("✔"), statusWarning: style.Warn("!"), statusFailed: style.Bad("✗"), statusUnknown: style.Faint("?"),
	}
	for _, c := range r.Checks {
		fmt.Fprintf(w, "%s %-12s %s\n", signs[c.Status], c.Name, c.Message)
		if c.Hint != "" {
			fmt.Fprintf(w, "  %-12s %s\n", "", style.Faint("→ "+c.Hint))
		}
	}
}
