package workspace

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
	typedv1alpha1 "github.com/eoepca/workspaces/pkg/generated/clientset/versioned/typed/eoepca/v1alpha1"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

var statusExample = templates.Examples(`
	# How the workspace in use is
	kubectl workspace status

	# Keep it in view
	kubectl workspace status ws-alice --watch

	# For a script: 0 when it is ready, 3 when it is not
	kubectl workspace status ws-alice --exit-code >/dev/null`)

// learnAgain is how long what has no watch, such as usage, is shown without asking again.
const learnAgain = 30 * time.Second

type statusOptions struct {
	*util.Factory
	workspace       util.WorkspaceFlag
	watch, exitCode bool
	client          typedv1alpha1.WorkspaceInterface
}

// NewStatusCommand shows how a workspace is.
func NewStatusCommand(f *util.Factory) *cobra.Command {
	o := &statusOptions{Factory: f}
	cmd := &cobra.Command{
		Use:   "status [NAME]",
		Short: "Show at a glance how a workspace is",
		Long: util.Long(
			"Show how a workspace is: its parts, sessions, buckets, stores and members, and what waits for a decision. Without a name: the " +
				"workspace in use. With --watch it stays in view on a terminal; elsewhere each change is one line."),
		Example:           statusExample,
		ValidArgsFunction: f.CompleteWorkspace,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(cmd, args); err != nil {
				return err
			}
			if o.watch {
				return o.follow(cmd.Context())
			}
			return o.run(cmd.Context())
		},
	}
	o.workspace.AddTo(f, cmd)
	cmd.Flags().BoolVarP(&o.watch, "watch", "w", o.watch, "Keep the workspace in view until you interrupt it.")
	cmd.Flags().BoolVar(&o.exitCode, "exit-code", o.exitCode, "End with 3 when the workspace is not ready.")
	return cmd
}

func (o *statusOptions) complete(cmd *cobra.Command, args []string) (err error) {
	if o.watch && o.exitCode {
		return util.UsageErrorf(cmd, "--exit-code is about one moment, --watch about all that come: give one of them")
	}
	if err := o.workspace.CompleteName(o.Factory, cmd, args); err != nil {
		return err
	}
	o.client, err = o.Workspaces()
	return err
}

func (o *statusOptions) run(ctx context.Context) error {
	ws, err := o.client.Get(ctx, o.workspace.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	k, err := learn(ctx, o.Factory, ws)
	if err != nil {
		return err
	}
	width := 0
	if size := util.TerminalSize(o.Out); size != nil {
		width, _ = size()
	}
	if err := o.print(draw(dashboard(k), o.Style(o.Out), width)); err != nil {
		return err
	}
	if ready, _, _ := util.Readiness(ws); o.exitCode && !ready {
		return util.Answered(util.ExitNotReady)
	}
	return nil
}

func (o *statusOptions) print(lines []string) error {
	_, err := fmt.Fprintln(o.Out, strings.Join(lines, "\n"))
	return err
}

// follow shows each state of the workspace until it is gone or the user has seen enough.
func (o *statusOptions) follow(ctx context.Context) error {
	size := util.TerminalSize(o.Out)
	if size == nil {
		return o.log(ctx)
	}
	return o.keepInView(ctx, util.NewScreen(o.Out, size))
}

// keepInView repaints with each change, and each second, as ages grow.
func (o *statusOptions) keepInView(ctx context.Context, screen *util.Screen) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	states, ended := make(chan *v1alpha1.Workspace), make(chan error, 1)
	go func() {
		ended <- util.Follow(ctx, o.Clock, o.client, o.workspace.Name, func(ws *v1alpha1.Workspace) (bool, error) {
			select {
			case states <- ws:
			case <-ctx.Done():
			}
			return false, nil
		})
	}()
	ticker := o.Clock.NewTicker(time.Second)
	defer ticker.Stop()
	var k *known
	var learned time.Time
	for {
		var present *v1alpha1.Workspace
		select {
		case err := <-ended:
			return err
		case present = <-states:
		case <-ticker.C():
			if k == nil {
				continue
			}
			if present = k.Workspace; o.Clock.Since(learned) < learnAgain {
				present = nil
			}
		}
		if present != nil {
			var err error
			if k, err = learn(ctx, o.Factory, present); err != nil {
				return err
			}
			learned = o.Clock.Now()
		}
		k.now = o.Clock.Now()
		if err := screen.Paint(func(width int) []string { return draw(dashboard(k), o.Style(o.Out), width) }); err != nil {
			return err
		}
	}
}

// log prints the workspace, and then a line for each change.
func (o *statusOptions) log(ctx context.Context) error {
	var before []fact
	return util.Follow(ctx, o.Clock, o.client, o.workspace.Name, func(ws *v1alpha1.Workspace) (bool, error) {
		k, err := learn(ctx, o.Factory, ws)
		if err != nil {
			return false, err
		}
		after := facts(k)
		if before == nil {
			before = after
			return false, o.print(draw(dashboard(k), o.Style(o.Out), 0))
		}
		changed := changes(before, after)
		if before = after; len(changed) == 0 {
			return false, nil
		}
		return false, o.print(changed)
	})
}

// fact is something that may change.
type fact struct{ about, what string }

// facts are what a log of changes is about.
func facts(k *known) []fact {
	_, state, message := util.Readiness(k.Workspace)
	all := []fact{{"workspace/" + k.Name, strings.TrimRight(state+" "+parenthesis(message), " ")}}
	for _, b := range dashboard(k)[1:] {
		if len(b.entries) == 0 {
			all = append(all, fact{strings.ToLower(b.title), b.summary})
			continue
		}
		for _, e := range b.entries {
			about, cells := strings.ToLower(b.title)+"/"+e.cells[0], slices.Clone(e.cells[1:])
			switch b.title {
			case "Parts":
				cells = slices.Delete(cells, 1, 2) // an age is no change
			case "Sharing":
				about, cells = about+" "+cells[0], cells[1:] // one bucket may be asked for by many
			}
			all = append(all, fact{about, oneLine(strings.Join(cells, " "))})
		}
	}
	return all
}

func parenthesis(text string) string {
	if text == "" {
		return ""
	}
	return "(" + oneLine(text) + ")"
}

// changes is a line for each fact that is new, another or gone.
func changes(before, after []fact) (lines []string) {
	for _, f := range after {
		if !slices.Contains(before, f) {
			lines = append(lines, strings.TrimRight(oneLine(f.about+": "+f.what), " :"))
		}
	}
	for _, f := range before {
		if !slices.ContainsFunc(after, func(other fact) bool { return other.about == f.about }) {
			lines = append(lines, oneLine(f.about)+": removed")
		}
	}
	return lines
}
