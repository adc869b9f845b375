package usage

import (
	"fmt"
	"io"
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/printers"
	"k8s.io/kubectl/pkg/util/term"

	"github.com/eoepca/workspaces/pkg/apis/eoepca/v1alpha1"
)

// barWidth is how wide a bar is where there is room.
const barWidth = 24

// printBar shows a person at a glance how full it is.
func (o *options) printBar(usage *v1alpha1.WorkspaceUsage) error {
	storage := usage.Storage
	fmt.Fprintf(o.Out, "Persistent storage of %s\n", usage.Name)
	if storage.Quota == nil {
		fmt.Fprintf(o.Out, "  %s requested, no quota\n", storage.Requested.String())
	} else {
		width := barWidth
		if size := (term.TTY{Out: o.Out}).GetSize(); size != nil {
			width = min(width, int(size.Width)-len("    100%"))
		}
		fmt.Fprintf(o.Out, "  %s  %s\n", o.paint(share(storage))(bar(storage, width)), percentage(storage))
		fmt.Fprintf(o.Out, "  %s of %s requested\n", storage.Requested.String(), storage.Quota.String())
		fmt.Fprintf(o.Out, "  %s free\n", quantity(storage.Remaining))
	}
	if len(storage.Claims) == 0 {
		return nil
	}
	fmt.Fprintln(o.Out)
	return printTable(o.Out, claims(storage), false)
}

// paint is the colour of a bar.
func (o *options) paint(share float64) func(string) string {
	style := o.Style(o.Out)
	switch {
	case share >= 0.9:
		return style.Bad
	case share >= 0.75:
		return style.Warn
	}
	return style.Good
}

// bar is full in proportion; never quite empty or full unless it is.
func bar(storage v1alpha1.StorageUsage, width int) string {
	width = max(width, 1)
	full := int(math.Round(share(storage) * float64(width)))
	switch share := share(storage); {
	case share > 0 && full == 0:
		full = 1
	case share < 1 && full == width:
		full = width - 1
	}
	full = min(full, width)
	return strings.Repeat("█", full) + strings.Repeat("░", width-full)
}

// share is the part of the quota that is requested.
func share(storage v1alpha1.StorageUsage) float64 {
	requested, quota := storage.Requested.AsApproximateFloat64(), storage.Quota.AsApproximateFloat64()
	switch {
	case requested <= 0:
		return 0
	case quota <= 0:
		return 1 // something of nothing
	}
	return requested / quota
}

// percentage rounds up: what is above a limit must look so.
func percentage(storage v1alpha1.StorageUsage) string {
	return fmt.Sprintf("%d%%", int(math.Ceil(share(storage)*100-1e-9)))
}

// printTables is for programs, and for -o wide.
func (o *options) printTables(usage *v1alpha1.WorkspaceUsage) error {
	storage := usage.Storage
	used := "<none>"
	if storage.Quota != nil {
		used = percentage(storage)
	}
	summary := table("Requested", "Quota", "Remaining", "Used", "Claims")
	addRow(summary, storage.Requested.String(), quantity(storage.Quota), quantity(storage.Remaining), used, len(storage.Claims))
	if err := printTable(o.Out, summary, o.noHeaders); err != nil {
		return err
	}
	if o.object.Format() != "wide" || len(storage.Claims) == 0 {
		return nil
	}
	fmt.Fprintln(o.Out)
	return printTable(o.Out, claims(storage), o.noHeaders)
}

func claims(storage v1alpha1.StorageUsage) *metav1.Table {
	claims := table("Claim", "Size", "Phase")
	for _, claim := range storage.Claims {
		addRow(claims, claim.Name, claim.Size.String(), claim.Phase)
	}
	return claims
}

// quantity is one that may be missing, as kubectl shows it.
func quantity(q *resource.Quantity) string {
	if q == nil {
		return "<none>"
	}
	return q.String()
}

func table(columns ...string) *metav1.Table {
	table := &metav1.Table{}
	for _, column := range columns {
		table.ColumnDefinitions = append(table.ColumnDefinitions, metav1.TableColumnDefinition{Name: column, Type: "string"})
	}
	return table
}

func addRow(table *metav1.Table, cells ...any) {
	table.Rows = append(table.Rows, metav1.TableRow{Cells: cells})
}

func printTable(w io.Writer, table *metav1.Table, noHeaders bool) error {
	tabs := printers.GetNewTabWriter(w)
	if err := printers.NewTablePrinter(printers.PrintOptions{NoHeaders: noHeaders}).PrintObj(table, tabs); err != nil {
		return err
	}
	return tabs.Flush()
}
