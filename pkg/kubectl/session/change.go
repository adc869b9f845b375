package session

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// change is what all commands that change sessions have in common.
type change struct {
	*util.Change
	names []string
	all   bool
}

func newChange(f *util.Factory, workspace *util.WorkspaceFlag, operation string) change {
	return change{Change: util.NewChange(f, workspace, util.SectionSessions, operation)}
}

// addFlags binds the flags; verb says in --all what is done, goal what is waited for.
func (c *change) addFlags(cmd *cobra.Command, verb, goal string) {
	if verb != "" {
		cmd.Flags().BoolVar(&c.all, "all", c.all, verb+" all sessions that the workspace declares.")
	}
	c.Wait = true
	c.WaitFlags.AddTo(cmd, goal)
	c.WriteFlags.AddTo(cmd)
}

func (c *change) complete(cmd *cobra.Command, args []string) (err error) {
	if c.names, err = util.NamesOrAll(cmd, args, c.all); err != nil {
		return err
	}
	return c.Complete(cmd)
}

// each applies a change to the sessions meant. The changes of all of them are written at once, or none is.
func (c *change) each(ctx context.Context, apply func(*v1alpha1.Workspace, *v1alpha1.Session)) (*v1alpha1.Workspace, error) {
	return c.Edit(ctx, func(ws *v1alpha1.Workspace) error {
		if c.all {
			c.names = declaredNames(ws)
		}
		for _, name := range c.names {
			session := declared(ws, name)
			if session == nil {
				return notDeclared(ws, name)
			}
			apply(ws, session)
		}
		return nil
	})
}

// waits says whether there is an outcome to wait for, also where what is asked for was asked for before.
func (c *change) waits() bool { return c.Wait && !c.NeverWritten() }

// report prints the workspace as -o says, else a line for each session.
func (c *change) report(ws *v1alpha1.Workspace, done string, names []string) error {
	if c.Asked() {
		return c.PrintObj(ws, c.IOStreams)
	}
	if c.none() {
		return nil
	}
	for _, name := range names {
		fmt.Fprintf(c.Out, "session/%s %s%s\n", name, done, c.Remark())
	}
	return nil
}

// none says so where --all means nothing.
func (c *change) none() bool {
	if len(c.names) > 0 {
		return false
	}
	c.Progressf("No sessions found.")
	return true
}

// reportReached reports what has come to its end, where something has not.
func (c *change) reportReached(ws *v1alpha1.Workspace, done string, reached []string, failed error) error {
	if failed != nil && (len(reached) == 0 || c.Asked()) {
		return failed
	}
	if err := c.report(ws, done, reached); err != nil {
		return err
	}
	return failed
}
