package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// samples are measurements of the same thing.
type samples []time.Duration

// at is the quantile q, of 0 to 1.
func (s samples) at(q float64) time.Duration {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

// target is what a row is hoped to reach.
type target struct {
	text string
	met  func(storages, workspaces samples) bool
}

var noTarget target

func atMost(ratio float64) target {
	return target{fmt.Sprintf("≤ %.1fx", ratio), func(a, w samples) bool { return w.at(0.5).Seconds() <= ratio*a.at(0.5).Seconds() }}
}

// within bounds the median and, unless it is 0, the 99th percentile.
func within(p50, p99 time.Duration) target {
	t := target{text: fmt.Sprintf("≤ %v", p50), met: func(_, w samples) bool { return w.at(0.5) <= p50 && (p99 == 0 || w.at(0.99) <= p99) }}
	if p99 != 0 {
		t.text += fmt.Sprintf(", p99 ≤ %v", p99)
	}
	return t
}

// listTarget is for long lists: short ones are all overhead.
func listTarget(n int, ratio float64) target {
	if n < 10000 {
		return noTarget
	}
	return atMost(ratio)
}

// row is a line of the table.
type row struct {
	n          int
	name       string
	storages   [3]string // p50, p90 and p99
	workspaces [3]string
	ratio      float64
	target     string
	verdict    string
	err        error
}

func comparison(n int, name string, a, w samples, t target, err error) row {
	r := row{n: n, name: name, target: t.text, err: err}
	if err != nil {
		r.verdict = "FAILED"
		return r
	}
	r.workspaces = w.quantiles()
	if len(a) > 0 {
		r.storages = a.quantiles()
		r.ratio = w.at(0.5).Seconds() / a.at(0.5).Seconds()
	}
	if t.met != nil {
		r.judge(t.text, t.met(a, w))
	}
	return r
}

func (s samples) quantiles() [3]string {
	return [3]string{millis(s.at(0.5)), millis(s.at(0.9)), millis(s.at(0.99))}
}

func (r *row) judge(target string, met bool) {
	r.target, r.verdict = target, "no"
	if met {
		r.verdict = "yes"
	}
}

// footprints are the rows of what the server takes. A few megabytes more or less say nothing about a hundred workspaces.
func footprints(n int, empty footprint, starts []footprint) []row {
	median := func(of func(footprint) float64) float64 {
		var values []float64
		for _, f := range starts {
			values = append(values, of(f))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	each := func(bytes float64) float64 { return bytes / float64(n) / 1024 }
	resident := each(median(func(f footprint) float64 { return float64(f.resident - empty.resident) }))
	live := each(median(func(f footprint) float64 { return float64(f.live - empty.live) }))
	ready := median(func(f footprint) float64 { return f.ready.Seconds() })

	rows := []row{
		{n: n, name: "resident per workspace", workspaces: [3]string{fmt.Sprintf("%.1f KB", resident)}},
		{n: n, name: "live heap per workspace", workspaces: [3]string{fmt.Sprintf("%.1f KB", live)}},
		{n: n, name: "start to ready", workspaces: [3]string{fmt.Sprintf("%.2f s", ready)}},
	}
	if n >= 1000 {
		rows[0].judge("≤ 16 KB", resident <= 16)
	}
	if n >= 10000 {
		rows[2].judge("≤ 6 s", ready <= 6)
	}
	return rows
}

func millis(d time.Duration) string {
	ms := float64(d) / float64(time.Millisecond)
	if ms < 100 {
		return fmt.Sprintf("%.1f ms", ms)
	}
	return fmt.Sprintf("%.0f ms", ms)
}

func printTable(out io.Writer, rows []row) {
	lines := [][]string{
		{"N", "request", "storages p50", "p90", "p99", "workspaces p50", "p90", "p99", "ratio", "target", "ok?"},
		{"--:", ":--", "--:", "--:", "--:", "--:", "--:", "--:", "--:", ":--", ":--"},
	}
	for _, r := range rows {
		ratio := ""
		if r.ratio > 0 {
			ratio = fmt.Sprintf("%.2f", r.ratio)
		}
		lines = append(lines, []string{fmt.Sprint(r.n), r.name, r.storages[0], r.storages[1], r.storages[2],
			r.workspaces[0], r.workspaces[1], r.workspaces[2], ratio, r.target, r.verdict})
	}
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, line := range lines {
		fmt.Fprint(out, "|")
		for i, cell := range line {
			fmt.Fprintf(out, " %s |", align(cell, widths[i], !leftAligned[i]))
		}
		fmt.Fprintln(out)
	}
}

// leftAligned are the columns of words; the others hold numbers.
var leftAligned = map[int]bool{1: true, 9: true, 10: true}

func align(cell string, width int, right bool) string {
	padding := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
	switch {
	case cell == "--:":
		return strings.Repeat("-", width-1) + ":"
	case cell == ":--":
		return ":" + strings.Repeat("-", width-1)
	case right:
		return padding + cell
	default:
		return cell + padding
	}
}

// printSummary says what no single table shows: whether a read of one costs the same among many.
func printSummary(out io.Writer, all []row) {
	var gets []string
	for _, r := range all {
		if r.name == "GET" && r.err == nil {
			gets = append(gets, fmt.Sprintf("%s (%.2f) of %d", r.workspaces[0], r.ratio, r.n))
		}
	}
	fmt.Fprintf(out, "\nGET by number of workspaces: %s\n", strings.Join(gets, ", "))
}

// failures are the requests that were refused.
func failures(all []row) error {
	var errs []error
	for _, r := range all {
		if r.err != nil {
			errs = append(errs, fmt.Errorf("%s of %d: %w", r.name, r.n, r.err))
		}
	}
	return errors.Join(errs...)
}
