package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/util/wait"
)

// churners is how many clients keep the server busy while its memory is watched.
const churners = 4

// churned keeps the server busy and compares what it must keep at half time with what it must keep at the end. The number
// of workspaces is the same at both, and the cache's history of events, which lasts five minutes, has its size by then if the
// churn lasts ten: memory that grows still is memory that leaks, or that of a busier half.
func (b *bench) churned(ctx context.Context, name string) row {
	r := row{n: b.n, name: name}
	first, last, err := b.heapUnderChurn(ctx)
	if err != nil {
		r.err, r.verdict = err, "FAILED"
		return r
	}
	grown := float64(last-first) / float64(first)
	r.name = fmt.Sprintf("%s of %v", name, b.churn)
	r.workspaces = [3]string{fmt.Sprintf("%+.1f %%", 100*grown), megabytes(first), megabytes(last)}
	r.judge("≤ +5 %", grown <= 0.05)
	return r
}

func megabytes(bytes int64) string { return fmt.Sprintf("%d MB", bytes>>20) }

func (b *bench) heapUnderChurn(ctx context.Context) (first, last int64, err error) {
	// Deletions are the garbage collector's to end.
	if err := b.env.plane.StartControllerManager(); err != nil {
		return 0, 0, err
	}
	for _, each := range []struct {
		heap *int64
		time time.Duration
	}{{&first, b.churn / 2}, {&last, b.churn / 2}} {
		if err := b.churnFor(ctx, each.time); err != nil {
			return 0, 0, err
		}
		if err := b.allGone(ctx); err != nil {
			return 0, 0, err
		}
		for range 2 { // the second collection frees what the first one's finalizers let go
			if *each.heap, err = b.env.liveHeap(ctx); err != nil {
				return 0, 0, err
			}
		}
	}
	return first, last, nil
}

// allGone waits until what was deleted has gone.
func (b *bench) allGone(ctx context.Context) error {
	return wait.PollUntilContextTimeout(ctx, time.Second, 2*time.Minute, true, func(ctx context.Context) (bool, error) {
		return b.allThere(ctx, workspaces) == nil, nil
	})
}

// churnFor has clients do all that clients do until the time is over.
func (b *bench) churnFor(ctx context.Context, d time.Duration) error {
	until := time.Now().Add(d)
	return b.churnWhile(ctx, func(int) bool { return time.Now().Before(until) })
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
