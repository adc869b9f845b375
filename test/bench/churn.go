package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/util/flowcontrol"
)

const (
	// churners is how many clients keep the server busy while its memory is watched.
	churners = 8
	// churnRate is how many rounds they begin in a second, all together. The size of the cache's history follows the rate of
	// writes: it must be one that any machine keeps up, and the garbage collector, which sends 20 requests a second.
	churnRate = 4
)

// churned keeps the server busy and compares what it must keep at half time with what it must keep at the end. The number of
// workspaces and the rate of writes are the same at both. The cache's history of events has no size until it holds all that is
// to be kept for five minutes, and up to twice that: what is less than twenty minutes in all says nothing.
func (b *bench) churned(ctx context.Context, name string) row {
	r := row{n: b.n, name: name}
	first, last, err := b.heapUnderChurn(ctx)
	if err != nil {
		r.err, r.verdict = err, "FAILED"
		return r
	}
	grown := float64(last.bytes-first.bytes) / float64(first.bytes)
	r.name = fmt.Sprintf("%s of %v, %.1f and %.1f rounds/s", name, b.churn, first.rate, last.rate)
	r.workspaces = [3]string{fmt.Sprintf("%+.1f %%", 100*grown), megabytes(first.bytes), megabytes(last.bytes)}
	r.judge("≤ +5 %", grown <= 0.05)
	return r
}

// megabytes tells a size in MB of a million bytes.
func megabytes(bytes int64) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }

// keptHeap is what the server must keep after a while of churn.
type keptHeap struct {
	bytes int64
	rate  float64 // rounds a second
}

func (b *bench) heapUnderChurn(ctx context.Context) (first, last keptHeap, err error) {
	// Deletions are the garbage collector's to end.
	if err := b.env.plane.StartControllerManager(); err != nil {
		return first, last, err
	}
	if first, err = b.keptAfterChurn(ctx, "churn-first-half"); err == nil {
		last, err = b.keptAfterChurn(ctx, "churn-last-half")
	}
	return first, last, err
}

// keptAfterChurn measures after half of the churn.
func (b *bench) keptAfterChurn(ctx context.Context, profile string) (kept keptHeap, err error) {
	if kept.rate, err = b.churnFor(ctx, b.churn/2); err != nil {
		return kept, err
	}
	if err := b.allGone(ctx); err != nil {
		return kept, err
	}
	for range 2 { // the second collection frees what the first one's finalizers let go
		if kept.bytes, err = b.env.liveHeap(ctx); err != nil {
			return kept, err
		}
	}
	if b.profiles == "" {
		return kept, nil
	}
	return kept, b.fetch(ctx, b.env.direct, "/debug/pprof/heap", profile)
}

// allGone waits until what was deleted has gone.
func (b *bench) allGone(ctx context.Context) error {
	return wait.PollUntilContextTimeout(ctx, time.Second, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		return b.allThere(ctx, workspaces) == nil, nil
	})
}

// churnFor has clients do all that clients do until the time is over, and answers how many rounds they managed in a second.
func (b *bench) churnFor(ctx context.Context, d time.Duration) (rate float64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	begun, rounds := time.Now(), flowcontrol.NewTokenBucketRateLimiter(churnRate, churners)
	defer rounds.Stop()
	var done atomic.Int64
	err = b.churnWhile(ctx, func(int) bool {
		more := time.Since(begun) < d && rounds.Wait(ctx) == nil
		if more {
			done.Add(1)
		}
		return more
	})
	return float64(done.Load()) / time.Since(begun).Seconds(), err
}

// churnWhile has clients do all that clients do, each round after round: what they make, they remove.
func (b *bench) churnWhile(ctx context.Context, more func(round int) bool) error {
	b.churns++
	group, ctx := errgroup.WithContext(ctx)
	for i := range churners {
		group.Go(func() error {
			for round := 0; more(round); round++ {
				if err := b.churnOnce(ctx, fmt.Sprintf("new-churn-%d-%d-%d-%d", b.n, b.churns, i, round)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func (b *bench) churnOnce(ctx context.Context, name string) error {
	body, err := json.Marshal(workspace(name))
	if err != nil {
		return err
	}
	c := b.env.operator
	watch, stop := context.WithCancel(ctx)
	defer stop()
	response, err := c.open(watch, http.MethodGet, workspaces+"?watch=true&resourceVersion=0&fieldSelector=metadata.name%3D"+name, "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	for _, step := range []func() error{
		func() error { return c.do(ctx, http.MethodPost, workspaces, jsonBody, body, nil) },
		func() error { return c.get(ctx, workspaces+"/"+name, nil) },
		func() error {
			return c.do(ctx, http.MethodPatch, workspaces+"/"+name, mergePatch, []byte(`{"spec":{"members":[{"name":"carol"}]}}`), nil)
		},
		func() error { return c.get(ctx, workspaces+"?limit=50&resourceVersion=0", nil) },
		func() error { _, err := b.touchStatus(ctx, rand.IntN(2), pairName(rand.IntN(b.n))); return err },
		func() error { return c.do(ctx, http.MethodDelete, workspaces+"/"+name, "", nil, nil) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return awaitDeleted(response.Body)
}

// awaitDeleted reads a watch until it tells of a deletion: the garbage collector is slower than clients that do not wait for it.
func awaitDeleted(body io.Reader) error {
	for events := json.NewDecoder(body); ; {
		var event struct{ Type string }
		if err := events.Decode(&event); err != nil || event.Type == "DELETED" {
			return err
		}
	}
}
