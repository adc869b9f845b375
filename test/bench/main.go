// Command bench measures what it costs to see one Storage and one Datalab as one Workspace. It starts a real control plane
// and the server as a process of its own, fills the cluster with realistic pairs, and sends each request alternately to
// `storages` and to `workspaces`, through the same kube-apiserver. It compares and never judges: no figure makes it fail.
//
// Here lives only measuring. What the server must do is tested elsewhere.
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
	"strconv"
	"strings"
	"syscall"
	"time"
)

// options say what is measured.
type options struct {
	sizes    []int          // numbers of pairs, rising
	quick    bool           // few repetitions: only to see that it works
	only     *regexp.Regexp // which rows; nil: all
	server   string         // the server's binary; built from source if empty
	profiles string         // folder for the server's profiles; none if empty
	churn    time.Duration  // how long memory is watched, at the last size
	costs    bool           // also say what each request costs
	progress io.Writer
}

func main() {
	if len(os.Args) > 2 && os.Args[1] == sizedCommand {
		os.Exit(printSize(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o := options{progress: os.Stderr}
	sizes := flag.String("n", "", "numbers of pairs to measure at, separated by commas (default: 100,1000,10000, or 100 with -quick)")
	flag.BoolVar(&o.quick, "quick", false, "measure everything a few times only, to see that it works")
	flag.DurationVar(&o.churn, "churn", 25*time.Minute, "how long memory is watched under churn, at the last size: no less than 20m tells anything; 0 for not at all")
	flag.Func("only", "measure only the rows whose names match the regular expression", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flag.StringVar(&o.server, "server", "", "the server's binary (default: built from ./cmd/apiserver)")
	flag.StringVar(&o.profiles, "profile", "", "also write CPU and heap profiles of the server to this folder")
	flag.BoolVar(&o.costs, "costs", false, "also say what each request costs: processor time by process, and requests to kube-apiserver")
	flag.Parse()
	switch {
	case *sizes == "" && o.quick:
		*sizes = "100"
	case *sizes == "":
		*sizes = "100,1000,10000"
	}
	var err error
	if o.sizes, err = parseSizes(*sizes); err == nil {
		err = run(ctx, o, os.Stdout)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func parseSizes(text string) ([]int, error) {
	var sizes []int
	for _, each := range strings.Split(text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(each))
		if err != nil || n < minimumSize {
			return nil, fmt.Errorf("invalid value %q for -n: want numbers of at least %d, separated by commas", each, minimumSize)
		}
		sizes = append(sizes, n)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes), nil
}

// run measures at each size in turn, on one cluster that is filled further each time, and prints a table for each.
func run(ctx context.Context, o options, out io.Writer) (err error) {
	say := newProgress(o.progress)
	env, err := start(ctx, o, say)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, env.stop()) }()

	say.step("measure the server with nothing to serve")
	empty, err := env.restart(ctx)
	if err != nil {
		return err
	}
	var all []row
	for i, n := range o.sizes {
		first := 0
		if i > 0 {
			first = o.sizes[i-1]
		}
		b := &bench{env: env, say: say, n: n, first: first, quick: o.quick, only: o.only, profiles: o.profiles}
		if o.costs {
			b.spending = out
		}
		if i == len(o.sizes)-1 {
			b.churn, b.last = o.churn, true
		}
		rows, err := b.run(ctx, empty)
		if err != nil {
			return fmt.Errorf("at %d pairs: %w", n, err)
		}
		fmt.Fprintln(out)
		printTable(out, rows)
		all = append(all, rows...)
	}
	printSummary(out, all)
	return failures(all)
}

// progress tells on the terminal what is going on, and how long it took.
type progress struct {
	out   io.Writer
	begun time.Time
}

func newProgress(out io.Writer) *progress { return &progress{out: out, begun: time.Now()} }

func (p *progress) step(format string, args ...any) {
	fmt.Fprintf(p.out, "%6.1fs  %s\n", time.Since(p.begun).Seconds(), fmt.Sprintf(format, args...))
}
