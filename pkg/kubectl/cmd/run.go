package cmd

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/eoepca/workspaces/pkg/kubectl/explain"
	"github.com/eoepca/workspaces/pkg/kubectl/util"
)

// Main runs the plugin with the process's own arguments, streams and signals, and answers with the exit code.
func Main() int {
	// A command reports its error once, in one place: what libraries handle by themselves is no news to the user.
	utilruntime.ErrorHandlers = nil
	ctx, stop := untilSignal()
	defer stop()
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	f := util.NewFactory(streams)
	root := New(programName(os.Args[0], os.Getenv), f)
	root.SetArgs(arguments(os.Args))
	return Run(ctx, f, root)
}

// grace is how long a command that was interrupted may take to its end. Some libraries know no contexts: they wait for a slow server, or
// for what is typed at a question of theirs.
const grace = 2 * time.Second

// Run executes the command, prints its error and answers with the exit code.
func Run(ctx context.Context, f *util.Factory, root *cobra.Command) int {
	err := execute(ctx, f, root)
	// A request that the signal has cut short fails with an error of its own: the signal is the reason.
	var interrupted util.Interrupted
	if err != nil && errors.As(context.Cause(ctx), &interrupted) && !util.IsInterrupt(err) && !util.IsAnswered(err) {
		err = interrupted
	}
	switch {
	case err == nil, isBareInterrupt(err), util.IsAnswered(err):
	case isClosedPipe(err):
		return 128 + int(syscall.SIGPIPE)
	default:
		err = explain.Error(ctx, f, err)
		util.PrintError(root.ErrOrStderr(), root.CommandPath(), err)
	}
	return util.ExitCode(err)
}

// execute runs the command to its end, or leaves it where it is when it does not heed the signal.
func execute(ctx context.Context, f *util.Factory, root *cobra.Command) error {
	ended := make(chan error, 1)
	go func() { ended <- root.ExecuteContext(ctx) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	for {
		select {
		case err := <-ended:
			return err
		case <-time.After(grace):
			if !f.Occupied.Load() {
				return context.Cause(ctx)
			}
		}
	}
}

// isClosedPipe says that whoever read our output wants no more of it, as head does: no news to anybody. On the process's own
// streams the signal has ended it already, as it ends kubectl.
func isClosedPipe(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) && errors.Is(file, syscall.EPIPE)
}

// isBareInterrupt tells the interrupt that no command has added anything to: no news to the user who has sent it.
func isBareInterrupt(err error) bool {
	return errors.As(err, new(util.Interrupted)) && !errors.As(err, new(*util.CodedError))
}

// untilSignal is a context that ends with the first signal. A second one ends the process at once.
func untilSignal() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		select {
		case received := <-signals:
			signal.Stop(signals)
			cancel(util.Interrupted{Signal: received})
		case <-ctx.Done():
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		cancel(nil)
	}
}
