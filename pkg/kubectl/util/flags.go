package util

import (
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	cmdutil "k8s.io/kubectl/pkg/cmd/util"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/scheme"
)

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
