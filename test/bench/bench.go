package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// reservedForWatch is how many pairs, from the first on, are left alone by the noise of the busy watch.
	reservedForWatch = 4
	// minimumSize leaves enough pairs for each session to be started once.
	minimumSize = 100
)

// bench measures at one size.
type bench struct {
	env      *environment
	say      *progress
	n        int // pairs in the cluster
	first    int // the first pair that was not there at the size before
	quick    bool
	only     *regexp.Regexp
	profiles string
	spending io.Writer     // where to say what each request costs; nil: nowhere
	last     bool          // no size follows
	churns   int           // how often there was churn
	churn    time.Duration // how long memory is watched under churn; 0: not at this size
}

// reps is how often something is measured: as the nearest size at or above ours says, else as often as otherwise.
func (b *bench) reps(bySize map[int]int, otherwise int) int {
	reps, nearest := otherwise, 0
	for size, r := range bySize {
		if size >= b.n && (nearest == 0 || size < nearest) {
			reps, nearest = r, size
		}
	}
	if b.quick {
		reps = min(reps, 5)
	}
	return reps
}

// run fills the cluster and measures everything there. An error ends the run, a refused request only its row.
func (b *bench) run(ctx context.Context, empty footprint) ([]row, error) {
	b.say.step("write %d pairs", b.n-b.first)
	b.env.server.Stop(stopGrace)
	if err := b.env.seed(ctx, b.first, b.n); err != nil {
		return nil, fmt.Errorf("write pairs: %w", err)
	}
	// kube-apiserver has to take in what was put into etcd first.
	if err := b.allThere(ctx, storages, datalabs); err != nil {
		return nil, err
	}
	b.say.step("start the server at %d pairs", b.n)
	starts, err := b.starts(ctx)
	if err != nil {
		return nil, err
	}
	if err := b.allThere(ctx, storages, datalabs, workspaces); err != nil {
		return nil, err
	}
	var rows []row
	for _, r := range b.requests() {
		if !b.wants(r.name) {
			continue
		}
		b.say.step("measure %s", r.name)
		a, w, err := r.compare(ctx)
		rows = append(rows, comparison(b.n, r.name, a, w, r.target, err))
	}
	rows = append(rows, b.watchRows(ctx)...)
	rows = append(rows, footprints(b.n, empty, starts)...)
	if b.spending != nil {
		b.say.step("find out what each request costs")
		if err := b.costs(ctx, b.spending); err != nil {
			return nil, fmt.Errorf("find out what each request costs: %w", err)
		}
	}
	if b.profiles != "" {
		b.say.step("write profiles to %s", b.profiles)
		if err := b.profile(ctx); err != nil {
			return nil, fmt.Errorf("write profiles: %w", err)
		}
	}
	if err := b.removeCreated(ctx); err != nil {
		return nil, err
	}
	if name := "live heap after churn"; b.churn > 0 && b.wants(name) {
		b.say.step("measure %s", name)
		rows = append(rows, b.churned(ctx, name))
	}
	if b.last {
		rows = append(rows, b.startUp(ctx)...)
		rows = append(rows, b.accessRows(ctx)...) // what they bind stays
	}
	return rows, nil
}

// allThere makes sure that everything is answered: a list of less would be fast.
func (b *bench) allThere(ctx context.Context, paths ...string) error {
	for _, path := range paths {
		var list struct{ Items []struct{} }
		if err := b.env.operator.get(ctx, path, &list); err != nil {
			return err
		}
		if len(list.Items) != b.n {
			return fmt.Errorf("GET %s: %d items, want %d", path, len(list.Items), b.n)
		}
	}
	return nil
}

// starts starts the server a few times.
func (b *bench) starts(ctx context.Context) ([]footprint, error) {
	var starts []footprint
	for range b.reps(nil, 3) {
		f, err := b.env.restart(ctx)
		if err != nil {
			return nil, err
		}
		starts = append(starts, f)
		if b.quick {
			break
		}
	}
	return starts, nil
}

// wants says whether a row is to be measured.
func (b *bench) wants(name string) bool { return b.only == nil || b.only.MatchString(name) }

func (b *bench) watchRows(ctx context.Context) (rows []row) {
	reps := b.reps(nil, 100)
	if name := "write to event, idle"; b.wants(name) {
		b.say.step("measure %s", name)
		a, w, err := b.watches(ctx, reps, idlePause)
		rows = append(rows, comparison(b.n, name, a, w, within(35*time.Millisecond, 150*time.Millisecond), err))
	}
	if name := "write to event, busy"; b.wants(name) {
		b.say.step("measure %s", name)
		a, w, rate, err := b.busyWatches(ctx, reps)
		rows = append(rows, comparison(b.n, fmt.Sprintf("%s (%.0f writes/s)", name, rate), a, w, within(20*time.Millisecond, 0), err))
	}
	if b.n >= fanWatchers && b.wants(fanName) {
		b.say.step("measure %s", fanName)
		w, err := b.fanOut(ctx)
		r := comparison(b.n, fanName, nil, w, noTarget, err)
		if err == nil {
			r.judge("p99 ≤ 300ms", w.at(0.99) <= 300*time.Millisecond)
		}
		rows = append(rows, r)
	}
	return rows
}

// removeCreated leaves the cluster with just the pairs for the next size.
func (b *bench) removeCreated(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	for _, path := range []string{storages, datalabs} {
		var list struct{ Items []meta }
		if err := b.env.load.get(ctx, path+"?resourceVersion=0", &list); err != nil {
			return err
		}
		for _, item := range list.Items {
			if name := item.Metadata.Name; name[:3] == "new" {
				group.Go(func() error {
					// Nobody plays the provider here, who would take the finalizer away.
					_ = b.env.load.do(ctx, http.MethodPatch, path+"/"+name, mergePatch, []byte(`{"metadata":{"finalizers":null}}`), nil)
					return b.env.load.do(ctx, http.MethodDelete, path+"/"+name, "", nil, nil)
				})
			}
		}
	}
	return group.Wait()
}
