package session

import (
	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// change is what all commands that change one session have in common.
type change struct {
	*util.Change
	name string
}

func newChange(f *util.Factory, workspace *util.WorkspaceFlag, operation string) change {
	return change{Change: util.NewChange(f, workspace, util.SectionSessions, operation)}
}

// addFlags binds the flags; goal says what is waited for.
func (c *change) addFlags(cmd *cobra.Command, goal string) {
	c.Wait = true
	c.WaitFlags.AddTo(cmd, goal)
	c.WriteFlags.AddTo(cmd)
}

func (c *change) complete(cmd *cobra.Command, args []string) error {
	c.name = args[0]
	return c.Complete(cmd)
}
