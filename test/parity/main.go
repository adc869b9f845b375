// Command parity shows how far a Workspace behaves as a stored resource does. It runs one suite of API behaviours twice, with
// the same requests: against a control, which is a plain custom resource with the Workspace's schema, and against Workspaces,
// through the real aggregator. It prints what both answered side by side, and fails where they differ without a reason.
//
// Here live the behaviours, the control, and what makes two answers comparable. What only Workspaces do is tested elsewhere.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"syscall"
)

type options struct {
	only     *regexp.Regexp // of "verb: name"
	document string         // file that the table is written to; none if empty
	walks    string         // to take after the behaviours, as FROM-TO/STEPS; none if empty
	workers  int
	verbose  bool // shows every answer, not only those that differ
	out      io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{out: os.Stdout}
	only := flag.String("run", "", "run only behaviours that match this regular expression")
	flag.StringVar(&o.document, "document", "", "write the table to this file, as Markdown")
	flag.StringVar(&o.walks, "walk", "", "take random walks too, by their seeds and length: FROM-TO/STEPS, such as 1-20/50")
	flag.IntVar(&o.workers, "workers", 8, "how many behaviours run at a time")
	flag.BoolVar(&o.verbose, "v", false, "show all answers, not only those that differ")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(*only); err == nil {
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "parity: %v\n", err)
		stop()
		os.Exit(1)
	}
}

// suite are all behaviours, in the order of the table.
func suite() []behaviour {
	all := slices.Concat(creates, gets, lists, versions(), watches, watchVersions(), updates, patches, applies, owners, fieldChecks,
		dryRuns, deletes, collections, selectors, pages, prints, statuses, refusals, discovery, managers, oddities, bodies, headersAndQueries, quotaChecks, policies)
	names := map[string]bool{}
	for _, b := range all {
		if names[b.String()] {
			panic("two behaviours are named " + b.String())
		}
		names[b.String()] = true
	}
	return all
}

func run(ctx context.Context, o options) (err error) {
	explained, err := readExplanations()
	if err != nil {
		return err
	}
	var chosen []behaviour
	for _, b := range suite() {
		if o.only.MatchString(b.String()) {
			chosen = append(chosen, b)
		}
	}
	fmt.Fprintf(os.Stderr, "%d behaviours; starting a control plane\n", len(chosen))
	l, err := start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.env.Stop()) }()
	results, err := l.runAll(ctx, chosen, o.workers)
	if err != nil {
		return err
	}
	t := newTable(results, explained)
	t.print(o.out, o.verbose)
	if o.document != "" {
		if err := os.WriteFile(o.document, []byte(t.markdown()), 0o644); err != nil {
			return err
		}
	}
	if o.walks != "" {
		err = l.walks(ctx, o.walks, o.workers)
	}
	return errors.Join(t.err(), err, l.alive(ctx))
}
