package util

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/scheme"
)

// WorkspaceEnv names the workspace where --workspace does not.
const WorkspaceEnv = "EOEPCA_WORKSPACE"

// WorkspaceFlag is --workspace, for the commands that act inside of one workspace.
type WorkspaceFlag struct{ Name string }

// AddTo binds the flag.
func (w *WorkspaceFlag) AddTo(flags *pflag.FlagSet) {
	flags.StringVar(&w.Name, "workspace", w.Name, "The workspace. Defaults to $"+WorkspaceEnv+".")
}

// Complete falls back to the environment.
func (w *WorkspaceFlag) Complete(f *Factory, cmd *cobra.Command) error {
	if w.Name == "" {
		w.Name = f.Getenv(WorkspaceEnv)
	}
	if w.Name == "" {
		return UsageErrorf(cmd, "which workspace? name it with --workspace NAME or in $%s", WorkspaceEnv)
	}
	return nil
}

// WriteFlags are the flags of a command that changes something: --dry-run, --field-manager and -o.
type WriteFlags struct {
	Print        *genericclioptions.PrintFlags
	FieldManager string
	DryRun       cmdutil.DryRunStrategy

	printer func(runtime.Object, genericiooptions.IOStreams) error
}

// NewWriteFlags makes the flags of a command that reports "<object> <operation>" when -o asks for nothing else.
func NewWriteFlags(operation string) *WriteFlags {
	return &WriteFlags{
		Print:        genericclioptions.NewPrintFlags(operation).WithTypeSetter(scheme.Scheme),
		FieldManager: FieldManager,
	}
}

// AddTo binds the flags.
func (w *WriteFlags) AddTo(cmd *cobra.Command) {
	w.Print.AddFlags(cmd)
	cmdutil.AddDryRunFlag(cmd)
	cmdutil.AddFieldManagerFlagVar(cmd, &w.FieldManager, w.FieldManager)
}

// Complete reads the dry-run strategy and makes the printer, so that a wrong -o changes nothing on the server.
func (w *WriteFlags) Complete(cmd *cobra.Command) error {
	strategy, err := cmdutil.GetDryRunStrategy(cmd)
	if err != nil {
		return UsageErrorf(cmd, "%v", err)
	}
	w.DryRun = strategy
	cmdutil.PrintFlagsWithDryRunStrategy(w.Print, strategy)
	printer, err := w.Print.ToPrinter()
	if err != nil {
		return UsageErrorf(cmd, "%v", err)
	}
	w.printer = func(obj runtime.Object, streams genericiooptions.IOStreams) error {
		return printer.PrintObj(obj, streams.Out)
	}
	return nil
}

// Asked says whether the user asked for a format with -o.
func (w *WriteFlags) Asked() bool {
	return *w.Print.OutputFormat != "" || *w.Print.TemplatePrinterFlags.TemplateArgument != ""
}

// PrintObj prints the object as -o says.
func (w *WriteFlags) PrintObj(obj runtime.Object, streams genericiooptions.IOStreams) error {
	return w.printer(obj, streams)
}

// DryRunAll is what the server is told of the dry run.
func (w *WriteFlags) DryRunAll() []string {
	if w.DryRun == cmdutil.DryRunServer {
		return []string{metav1.DryRunAll}
	}
	return nil
}

// ClientOnly says that nothing may be sent to the server.
func (w *WriteFlags) ClientOnly() bool { return w.DryRun == cmdutil.DryRunClient }

// NeverWritten says that the outcome cannot be waited for, as this is a dry run.
func (w *WriteFlags) NeverWritten() bool { return w.DryRun != cmdutil.DryRunNone }

// Remark is what a message ends with when nothing was written.
func (w *WriteFlags) Remark() string {
	switch w.DryRun {
	case cmdutil.DryRunClient:
		return " (dry run)"
	case cmdutil.DryRunServer:
		return " (server dry run)"
	}
	return ""
}

// ConflictBackoff is how often a change is computed anew when others change the same workspace: providers write its
// status often.
var ConflictBackoff = wait.Backoff{Steps: 10, Duration: 10 * time.Millisecond, Factor: 2, Jitter: 0.2, Cap: time.Second}

// WaitFlags are --no-wait and --timeout.
type WaitFlags struct {
	NoWait  bool
	Timeout time.Duration
}

// AddTo binds the flags; what says what is waited for.
func (w *WaitFlags) AddTo(flags *pflag.FlagSet, what string) {
	if w.Timeout == 0 {
		w.Timeout = 5 * time.Minute
	}
	flags.BoolVar(&w.NoWait, "no-wait", w.NoWait, "Return at once instead of waiting until "+what+".")
	flags.DurationVar(&w.Timeout, "timeout", w.Timeout, "How long to wait until "+what+"; 0 waits without limit.")
}

// Validate refuses a negative time.
func (w *WaitFlags) Validate(cmd *cobra.Command) error {
	if w.Timeout < 0 {
		return UsageErrorf(cmd, "--timeout %s: give a time that is not negative, such as 30s or 10m", w.Timeout)
	}
	return nil
}

// Context ends with the cause TimedOut when the time is over.
func (w *WaitFlags) Context(ctx context.Context) (context.Context, context.CancelFunc) {
	if w.Timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, w.Timeout, TimedOut{After: w.Timeout})
}
