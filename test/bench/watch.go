package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	busyRate    = 200 // writes a second
	busyWriters = 16
	idlePause   = 200 * time.Millisecond // between two writes, so that each finds the cluster at rest
	watchLimit  = 30 * time.Second
)

// told is an event as it came in.
type told struct {
	version uint64
	at      time.Time
}

// follower reads a watch, and passes on what it tells of the one object that is waited for.
type follower struct {
	body interface{ Close() error }
	done chan struct{}

	mu     sync.Mutex
	name   string
	events chan told
}

// follow opens a watch of the resource from now on.
func follow(ctx context.Context, c *client, path string) (*follower, error) {
	var list meta
	if err := c.get(ctx, path+"?limit=1", &list); err != nil {
		return nil, err
	}
	response, err := c.open(ctx, http.MethodGet, fmt.Sprintf("%s?watch=true&resourceVersion=%d", path, list.Metadata.ResourceVersion), "", nil) //nolint:bodyclose // the follower closes it when it stops
	if err != nil {
		return nil, err
	}
	f := &follower{body: response.Body, done: make(chan struct{})}
	decoder := json.NewDecoder(response.Body)
	go func() {
		defer close(f.done)
		var event struct{ Object meta }
		for decoder.Decode(&event) == nil {
			f.take(event.Object, time.Now())
		}
	}()
	return f, nil
}

func (f *follower) take(o meta, at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.name != o.Metadata.Name {
		return
	}
	select {
	case f.events <- told{o.Metadata.ResourceVersion, at}:
	default:
	}
}

// expect makes the follower listen for an object.
func (f *follower) expect(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.name, f.events = name, make(chan told, 64)
}

// await answers when the expected object was told at a version or a later one.
func (f *follower) await(ctx context.Context, version uint64) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, watchLimit)
	defer cancel()
	for {
		select {
		case event := <-f.events:
			if event.version >= version {
				return event.at, nil
			}
		case <-f.done:
			return time.Time{}, fmt.Errorf("the watch has ended")
		case <-ctx.Done():
			return time.Time{}, fmt.Errorf("no event of %s at version %d: %w", f.name, version, ctx.Err())
		}
	}
}

func (f *follower) stop() {
	_ = f.body.Close()
	<-f.done
}

// watches measures how long after a write to a part its own watch tells of it, and the workspaces' watch.
func (b *bench) watches(ctx context.Context, reps int, rest time.Duration) (a, w samples, err error) {
	var followers [3]*follower
	for i, path := range []string{storages, datalabs, workspaces} {
		if followers[i], err = follow(ctx, b.env.operator, path); err != nil {
			return nil, nil, err
		}
		defer followers[i].stop()
	}
	for i := range warmUp + reps {
		kind := i % 2
		name := pairName(i % reservedForWatch)
		followers[kind].expect(name)
		followers[2].expect(name)
		begun := time.Now()
		version, err := b.touchStatus(ctx, kind, name)
		if err != nil {
			return nil, nil, err
		}
		for _, each := range []struct {
			follower *follower
			samples  *samples
		}{{followers[kind], &a}, {followers[2], &w}} {
			at, err := each.follower.await(ctx, version)
			if err != nil {
				return nil, nil, err
			}
			*each.samples = append(*each.samples, at.Sub(begun))
		}
		if err := pause(ctx, rest); err != nil {
			return nil, nil, err
		}
	}
	return a[warmUp:], w[warmUp:], nil
}

// touchStatus changes the status of a part, as providers do all the time, and answers its new version.
func (b *bench) touchStatus(ctx context.Context, kind int, name string) (uint64, error) {
	changed := conditions()
	changed[1].(object)["message"] = fmt.Sprintf("checked %d", rand.Int())
	var answer meta
	err := writeStatus(ctx, b.env.load, []string{storages, datalabs}[kind], name, object{"conditions": changed}, &answer)
	return answer.Metadata.ResourceVersion, err
}

// busyWatches measures the same while both kinds are being written all the time, and answers the rate that was reached.
func (b *bench) busyWatches(ctx context.Context, reps int) (a, w samples, rate float64, err error) {
	busy, stop := context.WithCancel(ctx)
	defer stop()
	group := errgroup.Group{}
	var written atomic.Int64
	begun := time.Now()
	tick := time.NewTicker(time.Second / busyRate)
	defer tick.Stop()
	for range busyWriters {
		group.Go(func() error {
			for {
				select {
				case <-busy.Done():
					return nil
				case <-tick.C:
				}
				n := written.Add(1)
				name := pairName(reservedForWatch + rand.IntN(b.n-reservedForWatch))
				if _, err := b.touchStatus(busy, int(n%2), name); err != nil && busy.Err() == nil {
					return err
				}
			}
		})
	}
	a, w, err = b.watches(ctx, reps, 50*time.Millisecond)
	rate = float64(written.Load()) / time.Since(begun).Seconds()
	stop()
	if failed := group.Wait(); err == nil {
		err = failed
	}
	return a, w, rate, err
}
