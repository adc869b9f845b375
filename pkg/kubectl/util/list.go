package util

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/liggitt/tabwriter"
	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/cmd/get"
)

// listGroupVersion marks lists that the plugin makes itself: the server has no such kind.
const listGroupVersion = "cli.eoepca.org/v1alpha1"

// List is what a "list" command prints: the items inside of a workspace, such as its sessions.
type List struct {
	// Kind of an item.
	Kind    string
	Columns []Column
	Rows    []Row
}

// Column is a column of the table; a wide one shows with -o wide alone.
type Column struct {
	Name string
	Wide bool
}

// Row is an item: cells for the table, fields for the other formats.
type Row struct {
	Name string
	// Key tells items of one name in a workspace apart; empty: the name does.
	Key    string
	Cells  []any
	Fields map[string]any
}

// key tells the rows of a workspace apart.
func (r Row) key() string { return cmp.Or(r.Key, r.Name) }

// ListFlags are -o and --no-headers with kubectl's formats.
type ListFlags struct {
	format    string
	noHeaders bool
	sortBy    string
	json      *genericclioptions.JSONYamlPrintFlags
	template  *genericclioptions.KubeTemplatePrintFlags
	columns   *get.CustomColumnsPrintFlags

	print func(io.Writer, List) error
	// tabs remembers the widths of the columns from one printing to the next.
	tabs *tabwriter.Writer
	// goesOn: what is printed goes on from what has been printed, without headers.
	goesOn bool
}

// NewListFlags makes the flags of a list command.
func NewListFlags() *ListFlags {
	return &ListFlags{
		json:     genericclioptions.NewJSONYamlPrintFlags(),
		template: genericclioptions.NewKubeTemplatePrintFlags(),
		columns:  get.NewCustomColumnsPrintFlags(),
	}
}

// AddTo binds the flags.
func (l *ListFlags) AddTo(cmd *cobra.Command) {
	l.json.AddFlags(cmd)
	l.template.AddFlags(cmd)
	cmd.Flags().StringVarP(&l.format, "output", "o", l.format, fmt.Sprintf("Output format. One of: (%s).", strings.Join(l.formats(), ", ")))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions(l.formats(), cobra.ShellCompDirectiveNoFileComp)))
	cmd.Flags().BoolVar(&l.noHeaders, "no-headers", l.noHeaders, "Print no headers.")
	cmd.Flags().StringVar(&l.sortBy, "sort-by", l.sortBy, "Sort by this field of the items, a JSONPath expression such as '{.name}'.")
}

func (l *ListFlags) formats() []string {
	formats := []string{"wide", "name"}
	formats = append(formats, l.json.AllowedFormats()...)
	formats = append(formats, l.template.AllowedFormats()...)
	return append(formats, l.columns.AllowedFormats()...)
}

// Complete chooses how to print, before anything is asked of the server.
func (l *ListFlags) Complete(cmd *cobra.Command) error {
	format := l.format
	if format == "" && *l.template.TemplateArgument != "" {
		format = "go-template"
	}
	switch format {
	case "", "wide":
		l.print = l.printTable
		return nil
	case "name":
		l.print = printNames
		return nil
	}
	l.columns.NoHeaders = l.noHeaders
	l.columns.TemplateArgument = *l.template.TemplateArgument
	for _, toPrinter := range []func(string) (printers.ResourcePrinter, error){l.json.ToPrinter, l.columns.ToPrinter, l.template.ToPrinter} {
		printer, err := toPrinter(format)
		if genericclioptions.IsNoCompatiblePrinterError(err) {
			continue
		}
		if err != nil {
			return UsageErrorf(cmd, "-o %s: %v", format, err)
		}
		l.print = func(w io.Writer, list List) error { return printer.PrintObj(list.object(), w) }
		return nil
	}
	return UsageErrorf(cmd, "-o %s: unknown format, give one of %s", format, strings.Join(l.formats(), ", "))
}

// Print prints the list as the flags say.
func (l *ListFlags) Print(streams genericiooptions.IOStreams, list List) error {
	if len(list.Rows) == 0 && (l.format == "" || l.format == "wide") && !l.goesOn {
		fmt.Fprintf(streams.ErrOut, "No %ss found.\n", strings.ToLower(list.Kind))
		return nil
	}
	rows, err := l.sorted(list)
	if err != nil {
		return Errorf(ExitUsage, "--sort-by %s: %w", l.sortBy, err)
	}
	list.Rows = rows
	return l.print(streams.Out, list)
}

// continued has what follows printed as a continuation.
func (l *ListFlags) continued() { l.goesOn = true }

// sorted leaves the order to kubectl's own sorter.
func (l *ListFlags) sorted(list List) ([]Row, error) {
	if l.sortBy == "" || len(list.Rows) == 0 {
		return list.Rows, nil
	}
	var items []runtime.Object
	object := list.object()
	for i := range object.Items {
		items = append(items, &object.Items[i])
	}
	sorter := get.NewRuntimeSorter(items, l.sortBy)
	if err := sorter.Sort(); err != nil {
		return nil, err
	}
	rows := make([]Row, len(list.Rows))
	for i := range rows {
		rows[i] = list.Rows[sorter.OriginalPosition(i)]
	}
	return rows, nil
}

func (l *ListFlags) printTable(w io.Writer, list List) error {
	table := &metav1.Table{}
	for _, column := range list.Columns {
		definition := metav1.TableColumnDefinition{Name: column.Name, Type: "string"}
		if column.Wide {
			definition.Priority = 1
		}
		table.ColumnDefinitions = append(table.ColumnDefinitions, definition)
	}
	for _, row := range list.Rows {
		table.Rows = append(table.Rows, metav1.TableRow{Cells: row.Cells})
	}
	if l.tabs == nil {
		l.tabs = printers.GetNewTabWriter(w)
	}
	printer := printers.NewTablePrinter(printers.PrintOptions{NoHeaders: l.noHeaders || l.goesOn, Wide: l.format == "wide"})
	if err := printer.PrintObj(table, l.tabs); err != nil {
		return err
	}
	return l.tabs.Flush()
}

func printNames(w io.Writer, list List) error {
	for _, row := range list.Rows {
		fmt.Fprintf(w, "%s/%s\n", strings.ToLower(list.Kind), row.Name)
	}
	return nil
}

func (l List) object() *unstructured.UnstructuredList {
	list := &unstructured.UnstructuredList{Object: map[string]any{"apiVersion": listGroupVersion, "kind": l.Kind + "List"}}
	for _, row := range l.Rows {
		item := map[string]any{"apiVersion": listGroupVersion, "kind": l.Kind}
		for field, value := range row.Fields {
			item[field] = value
		}
		list.Items = append(list.Items, unstructured.Unstructured{Object: item})
	}
	return list
}
