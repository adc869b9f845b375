package session

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var deleteExample = templates.Examples(`
	# Delete the session "gpu" and what is on its volume
	kubectl workspace session delete gpu --workspace ws-alice

	# In a script, where nobody can be asked
	kubectl workspace session delete gpu --yes --workspace ws-alice`)

type deleteOptions struct {
	change
	util.Confirmation
}

func newDeleteCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &deleteOptions{change: newChange(f, workspace, "deleted")}
	cmd := &cobra.Command{
		Use:     "delete (NAME... | --all)",
		Aliases: []string{"rm", "remove"},
		Short:   "Delete sessions with their volumes",
		Long: util.Long(
			"Delete sessions of a workspace and wait until they are gone. A session's volume goes with it, with all files that are in no " +
				"bucket: to keep them, stop the session instead."),
		Example:           deleteExample,
		ValidArgsFunction: workspace.CompleteItems(f, 0, declaredNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context(), cmd)
		},
	}
	o.Confirmation.AddTo(cmd.Flags())
	o.addFlags(cmd, "Delete", "the sessions are gone")
	return cmd
}

func (o *deleteOptions) run(ctx context.Context, cmd *cobra.Command) error {
	if err := o.ask(ctx, cmd); err != nil {
		return err
	}
	ws, err := o.each(ctx, func(ws *v1alpha1.Workspace, session *v1alpha1.Session) {
		name := session.Name
		ws.Spec.Sessions = slices.DeleteFunc(ws.Spec.Sessions, func(s v1alpha1.Session) bool { return s.Name == name })
	})
	if err != nil {
		return err
	}
	if !o.waits() || len(o.names) == 0 {
		return o.report(ws, "deleted", o.names)
	}
	ws, reached, err := o.await(ctx, deleted, o.names)
	return o.reportReached(ws, "deleted", reached, err)
}

// ask has the user type what is lost: the name, or where there are several that of the workspace.
func (o *deleteOptions) ask(ctx context.Context, cmd *cobra.Command) error {
	if o.NeverWritten() || o.Yes {
		return nil
	}
	if o.Interactive() {
		if err := o.there(ctx); err != nil {
			return err
		}
	}
	if len(o.names) == 1 {
		question := fmt.Sprintf("Session %s of workspace %s is deleted, with its volume and all files that are in no bucket.", o.names[0], o.Workspace.Name)
		return o.Ask(ctx, o.Factory, cmd, question, o.names[0])
	}
	which := "Sessions " + strings.Join(o.names, ", ")
	if len(o.names) == 0 {
		which = "All sessions"
	}
	question := fmt.Sprintf("%s of workspace %s are deleted, with their volumes and all files that are in no bucket.", which, o.Workspace.Name)
	return o.Ask(ctx, o.Factory, cmd, question, o.Workspace.Name)
}

// there finds out what the sessions meant are, so that nobody is asked about what does not exist, and that all that go are named.
func (o *deleteOptions) there(ctx context.Context) error {
	ws, err := o.Client.Get(ctx, o.Workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if o.all {
		// From here on those that the user has been told.
		o.names, o.all = declaredNames(ws), len(ws.Spec.Sessions) == 0
	}
	for _, name := range o.names {
		if declared(ws, name) == nil {
			return notDeclared(ws, name)
		}
	}
	return nil
}
