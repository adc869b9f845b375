package workspace

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/util/templates"

	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var treeExample = templates.Examples(`
	# What a workspace is made of, down to what its providers have composed
	kubectl workspace tree ws-alice

	# As a picture
	kubectl workspace tree ws-alice -o dot | dot -Tsvg > ws-alice.svg`)

type treeOptions struct {
	*util.Factory
	output    util.DataFlag
	workspace util.WorkspaceFlag
	client    typedv1alpha1.WorkspaceInterface
}

// NewTreeCommand shows what a workspace is made of.
func NewTreeCommand(f *util.Factory) *cobra.Command {
	o := &treeOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "tree [NAME]",
		Short: "Show what a workspace is made of, as a tree",
		Long: util.Long(
			"Show what a workspace is made of: its Storage with the buckets, its Datalab with sessions and stores, and what the providers have " +
				"composed for them, as far as you may read that. Without a name: the workspace in use."),
		Example:           treeExample,
		ValidArgsFunction: f.CompleteWorkspace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	o.output.AddTo(cmd, "dot")
	return cmd
}

func (o *treeOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if err := o.workspace.CompleteName(o.Factory, cmd, args); err != nil {
		return err
	}
	if err := o.output.Complete(cmd); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *treeOptions) run(ctx context.Context) error {
	ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	c := &composition{known: &known{Workspace: ws, now: o.Clock.Now()}, seen: map[reference]bool{}}
	if c.mapper, err = o.Mapper(); err != nil {
		return err
	}
	if c.client, err = o.Dynamic(); err != nil {
		return err
	}
	root := c.workspace(ctx)
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	for _, remark := range c.hidden {
		o.Progressf("%s", remark)
	}
	if written, err := o.output.Print(o.Out, root); written {
		return err
	}
	if o.output.Format == "dot" {
		return printDot(o.Out, root)
	}
	return printTree(o.Out, root)
}

// node is something that a workspace is made of.
type node struct {
	Kind       string  `json:"kind"`
	APIVersion string  `json:"apiVersion,omitempty"`
	Namespace  string  `json:"namespace,omitempty"`
	Name       string  `json:"name"`
	Ready      string  `json:"ready,omitempty"`
	Status     string  `json:"status,omitempty"`
	Children   []*node `json:"children,omitempty"`
}

func (n *node) id() string { return n.Kind + "/" + n.Name }

func printTree(out io.Writer, root *node) error {
	tabs := printers.GetNewTabWriter(out)
	fmt.Fprintln(tabs, "NAME\tREADY\tSTATUS")
	printBranch(tabs, root, "", "")
	return tabs.Flush()
}

// printBranch draws a node behind its branch, and all below it.
func printBranch(w io.Writer, n *node, branch, indent string) {
	fmt.Fprintf(w, "%s%s\t%s\t%s\n", branch, printable(n.id()), orDash(n.Ready), printable(n.Status))
	for i, child := range n.Children {
		if i == len(n.Children)-1 {
			printBranch(w, child, indent+"└─", indent+"  ")
		} else {
			printBranch(w, child, indent+"├─", indent+"│ ")
		}
	}
}

// printDot writes the tree in the language of Graphviz. The same name may stand in several places, so nodes are numbered.
func printDot(out io.Writer, root *node) error {
	next := 0
	var draw func(n *node) int
	draw = func(n *node) int {
		number := next
		next++
		colour := map[string]string{"True": "darkgreen", "False": "red"}[n.Ready]
		if colour == "" {
			colour = "gray"
		}
		fmt.Fprintf(out, "  n%d [label=%q color=%s]\n", number, n.id(), colour)
		for _, child := range n.Children {
			fmt.Fprintf(out, "  n%d -> n%d\n", number, draw(child))
		}
		return number
	}
	fmt.Fprintf(out, "digraph %q {\n  rankdir=LR\n  node [shape=box]\n", root.Name)
	draw(root)
	_, err := fmt.Fprintln(out, "}")
	return err
}

// printable keeps what others have named from steering the terminal.
func printable(text string) string {
	return oneLine(printers.EscapeTerminal(text))
}
