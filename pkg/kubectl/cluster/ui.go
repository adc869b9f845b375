package cluster

import (
	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var uiExample = templates.Examples(`
	# Open the app for the workspace in use
	kubectl workspace ui`)

// NewUICommand is the place of the app, which does not exist yet: it says so, and what there is instead.
func NewUICommand(f *util.Factory) *cobra.Command {
	return &cobra.Command{
		Use:               "ui [NAME]",
		Short:             "Open the app",
		Long:              util.Long("Open the app for workspaces. There is none yet: sessions open in the browser by themselves."),
		Example:           uiExample,
		Hidden:            true,
		Args:              util.Args(cobra.MaximumNArgs(1)),
		ValidArgsFunction: f.CompleteWorkspace,
		RunE: func(*cobra.Command, []string) error {
			err := util.Errorf(util.ExitError, "this version has no app: see a workspace with \"status\", and open a session with \"session open\"")
			err.Hint = util.Program + " status --watch"
			return err
		},
	}
}
