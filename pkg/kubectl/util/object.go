package util

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/eoepca/workspaces/pkg/generated/clientset/versioned/scheme"
)

// ObjectFlags are -o and its companions for a command that shows one answer of the server, such as a workspace's usage, in a
// way of its own or in one of kubectl's formats.
type ObjectFlags struct {
	print *genericclioptions.PrintFlags
	// own are the formats that the command prints itself.
	own     []string
	printer printers.ResourcePrinter
}

// NewObjectFlags makes the flags. Own formats are those that the command prints itself, besides what it prints without -o.
func NewObjectFlags(own ...string) *ObjectFlags {
	return &ObjectFlags{own: own, print: genericclioptions.NewPrintFlags("").WithTypeSetter(scheme.Scheme)}
}

// AddTo binds the flags.
func (o *ObjectFlags) AddTo(cmd *cobra.Command) {
	o.print.AddFlags(cmd)
	cmd.Flags().Lookup("output").Usage = fmt.Sprintf("Output format. One of: (%s).", strings.Join(o.formats(), ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(o.formats(), cobra.ShellCompDirectiveNoFileComp)))
}

// formats leaves out "name": an answer is no object that one could ask for by it.
func (o *ObjectFlags) formats() []string {
	kubectl := slices.DeleteFunc(o.print.AllowedFormats(), func(format string) bool { return format == "name" })
	return append(slices.Clone(o.own), kubectl...)
}

// Complete chooses how to print, before anything is asked of the server.
func (o *ObjectFlags) Complete(cmd *cobra.Command) (err error) {
	switch {
	case o.Format() == "name":
		return UsageErrorf(cmd, "-o name: unknown format, give one of %s", strings.Join(o.formats(), ", "))
	case o.Own():
		return nil
	}
	if o.printer, err = o.print.ToPrinter(); err != nil {
		return UsageErrorf(cmd, "%v", err)
	}
	return nil
}

// Format is that of -o; empty without it.
func (o *ObjectFlags) Format() string { return *o.print.OutputFormat }

// Own says that the command prints itself: -o asks for none of kubectl's formats.
func (o *ObjectFlags) Own() bool {
	if o.Format() == "" {
		return *o.print.TemplatePrinterFlags.TemplateArgument == ""
	}
	return slices.Contains(o.own, o.Format())
}

// PrintObj prints the object in kubectl's format.
func (o *ObjectFlags) PrintObj(obj runtime.Object, w io.Writer) error {
	return o.printer.PrintObj(obj, w)
}
