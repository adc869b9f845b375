package util

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/util/retry"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
)

// Section is a part of a workspace's spec that has a subresource of its own: whoever may change it needs no right to the rest.
type Section string

// The sections.
const (
	SectionMembers  Section = "members"
	SectionBuckets  Section = "buckets"
	SectionAccess   Section = "access"
	SectionStores   Section = "stores"
	SectionSessions Section = "sessions"
)

type updateFunc func(typedv1alpha1.WorkspaceInterface, context.Context, string, *v1alpha1.Workspace, metav1.UpdateOptions) (*v1alpha1.Workspace, error)

var updates = map[Section]updateFunc{
	SectionMembers:  typedv1alpha1.WorkspaceInterface.UpdateMembers,
	SectionBuckets:  typedv1alpha1.WorkspaceInterface.UpdateBuckets,
	SectionAccess:   typedv1alpha1.WorkspaceInterface.UpdateAccess,
	SectionStores:   typedv1alpha1.WorkspaceInterface.UpdateStores,
	SectionSessions: typedv1alpha1.WorkspaceInterface.UpdateSessions,
}

// Change is what all commands that change one section of a workspace have in common: which workspace, how to write, how
// to wait, how to report.
type Change struct {
	*Factory
	*WriteFlags
	WaitFlags
	Workspace *WorkspaceFlag
	Client    typedv1alpha1.WorkspaceInterface
	// Changed says, after Edit, whether there was anything to change.
	Changed bool

	section Section
}

// NewChange makes the change of a section; operation is what -o name and the like report, such as "created".
func NewChange(f *Factory, workspace *WorkspaceFlag, section Section, operation string) *Change {
	return &Change{Factory: f, Workspace: workspace, section: section, WriteFlags: NewWriteFlags(operation)}
}

// AddFlags binds the flags of writing and waiting. Where wait is true the command waits unless told otherwise.
func (c *Change) AddFlags(cmd *cobra.Command, wait bool) {
	c.WaitFlags.Wait = wait
	c.WaitFlags.AddTo(cmd, "the providers have made the change")
	c.WriteFlags.AddTo(cmd)
}

// Complete reads the flags, before anything is asked of the server.
func (c *Change) Complete(cmd *cobra.Command) (err error) {
	if err := c.Workspace.Complete(c.Factory, cmd); err != nil {
		return err
	}
	if err := c.WriteFlags.Complete(cmd); err != nil {
		return err
	}
	if err := c.WaitFlags.Complete(cmd); err != nil {
		return err
	}
	c.Client, err = c.Workspaces()
	return err
}

// Edit reads the workspace, has edit change it, and writes the section, unless nothing has changed. Others may change the
// workspace at the same time: after a conflict it starts over from what they have left, so that theirs and ours both hold.
func (c *Change) Edit(ctx context.Context, edit func(*v1alpha1.Workspace) error) (ws *v1alpha1.Workspace, err error) {
	options := metav1.UpdateOptions{FieldManager: c.FieldManager, DryRun: c.DryRunAll()}
	sent := false
	err = retry.RetryOnConflict(ConflictBackoff, func() error {
		if ws, err = c.Client.Get(ctx, c.Workspace.Name, metav1.GetOptions{}); err != nil {
			return err
		}
		before := ws.DeepCopy()
		if err := edit(ws); err != nil {
			return err
		}
		c.Changed = !equality.Semantic.DeepEqual(before.Spec, ws.Spec)
		if !c.Changed || c.ClientOnly() {
			return nil
		}
		sent = true
		ws, err = updates[c.section](c.Client, ctx, c.Workspace.Name, ws, options)
		return err
	})
	if sent && !c.NeverWritten() {
		namespace, _ := c.Namespace() // of a kubeconfig that could be read
		err = Unconfirmed(ctx, err, fmt.Sprintf("the change of workspace %q, which may have been made", c.Workspace.Name),
			fmt.Sprintf("%s describe %s -n %s", Program, c.Workspace.Name, namespace))
	}
	return ws, err
}

// Report waits for the providers where that is asked for, and prints the workspace as -o says, else one line for each name:
// "bucket/b created".
func (c *Change) Report(ctx context.Context, ws *v1alpha1.Workspace, kind, operation string, names ...string) (err error) {
	if !c.Changed {
		operation = "unchanged"
	}
	// What has been done is true from here on, whatever becomes of the waiting.
	if !c.Asked() {
		for _, name := range once(names) {
			fmt.Fprintf(c.Out, "%s/%s %s%s\n", strings.ToLower(kind), name, operation, c.Remark())
		}
	}
	if c.Waits() {
		if ws, err = AwaitReady(ctx, c.Factory, c.Client, ws, c.WaitFlags); err != nil {
			return err
		}
	}
	if c.Asked() {
		return c.PrintObj(ws, c.IOStreams)
	}
	return nil
}

// Waits says whether the outcome is to be waited for: something was written, and the user wants to see its end.
func (c *Change) Waits() bool { return c.Changed && c.Wait && !c.NeverWritten() }
