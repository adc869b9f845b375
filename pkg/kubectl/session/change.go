package session

import (
	"github.com/spf13/cobra"

	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// change is what all commands that change one session have in common: which session, how to write, how to wait.
type change struct {
	*util.Factory
	util.WaitFlags
	write     *util.WriteFlags
	workspace *util.WorkspaceFlag
	name      string
	client    typedv1alpha1.WorkspaceInterface
}

func newChange(f *util.Factory, workspace *util.WorkspaceFlag, operation string) change {
	return change{Factory: f, workspace: workspace, write: util.NewWriteFlags(operation)}
}

// addFlags binds the flags; goal says what is waited for.
func (c *change) addFlags(cmd *cobra.Command, goal string) {
	c.WaitFlags.AddTo(cmd.Flags(), goal)
	c.write.AddTo(cmd)
}

func (c *change) complete(cmd *cobra.Command, args []string) (err error) {
	c.name = args[0]
	if err := c.workspace.Complete(c.Factory, cmd); err != nil {
		return err
	}
	if err := c.write.Complete(cmd); err != nil {
		return err
	}
	if err := c.WaitFlags.Validate(cmd); err != nil {
		return err
	}
	c.client, err = c.Workspaces()
	return err
}

// waits says whether the outcome is to be waited for.
func (c *change) waits() bool { return !c.NoWait && !c.write.NeverWritten() }
