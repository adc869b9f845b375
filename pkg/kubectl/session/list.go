package session

import (
	"context"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var listExample = templates.Examples(`
	# The sessions of a workspace
	kubectl workspace session list --workspace ws-alice

	# For a script
	kubectl workspace session list --workspace ws-alice -o json
	kubectl workspace session list --workspace ws-alice -o jsonpath='{.items[?(@.phase=="Running")].url}'`)

type listOptions struct {
	*util.Factory
	list      *util.ListFlags
	workspace *util.WorkspaceFlag
	client    typedv1alpha1.WorkspaceInterface
}

func newListCommand(f *util.Factory, workspace *util.WorkspaceFlag) *cobra.Command {
	o := &listOptions{Factory: f, workspace: workspace, list: util.NewListFlags()}
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls", "get"},
		Short:   "List the sessions of a workspace",
		Long:    "List the declared sessions of a workspace with their state, phase and URL.",
		Example: listExample,
		Args:    util.Args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(cmd); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.list.AddTo(cmd)
	return cmd
}

func (o *listOptions) complete(cmd *cobra.Command) (err error) {
	if err := o.workspace.Complete(o.Factory, cmd); err != nil {
		return err
	}
	if err := o.list.Complete(cmd); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *listOptions) run(ctx context.Context) error {
	ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	return o.list.Print(o.IOStreams, sessions(ws))
}

// sessions are the rows: what is declared, with what the provider says of it.
func sessions(ws *v1alpha1.Workspace) util.List {
	list := util.List{
		Kind: "Session",
		Columns: []util.Column{
			{Name: "Name"}, {Name: "State"}, {Name: "Phase"}, {Name: "URL"}, {Name: "Message", Wide: true},
		},
		Empty: "No sessions declared in workspace " + ws.Name + ".",
	}
	for _, session := range ws.Spec.Sessions {
		status := observed(ws, session.Name)
		phase := status.Phase
		if session.State != v1alpha1.SessionStopped {
			phase = phaseOf(status)
		}
		list.Rows = append(list.Rows, util.Row{
			Name: session.Name,
			Fields: map[string]any{
				"name": session.Name, "workspace": ws.Name, "namespace": ws.Namespace, "state": string(session.State),
				"phase": status.Phase, "url": status.URL, "message": status.Message,
			},
			Cells: []any{session.Name, string(session.State), phase, status.URL, status.Message},
		})
	}
	return list
}
