package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	fanWatchers = 1000
	fanRate     = 50 // writes a second
	fanWrites   = 1000
	fanName     = "fan-out to 1000 filtered watchers"
	fanGrace    = 20 * time.Second
)

// fan is many watches, each by a user of his own who sees the one workspace that he owns.
type fan struct {
	bench   *bench
	body    []io.Closer
	readers sync.WaitGroup
	arrived chan arrival
	dropped atomic.Int64 // watches that ended before they were closed
	strays  atomic.Int64 // events of workspaces that the watcher does not own
	closing atomic.Bool
}

// arrival is an event that reached the watcher whom it was for.
type arrival struct {
	pair    int
	version uint64
	at      time.Time
}

// fanOut measures how long after a write to a part its owner's watch tells of it, while a thousand users watch.
func (b *bench) fanOut(ctx context.Context) (samples, error) {
	watchers, writes := min(fanWatchers, b.n), fanWrites
	if b.quick {
		watchers, writes = min(50, b.n), 100
	}
	if err := b.giveOwners(ctx, watchers); err != nil {
		return nil, err
	}
	f := &fan{bench: b, arrived: make(chan arrival, 2*writes)}
	defer f.close()
	if err := f.open(ctx, watchers); err != nil {
		return nil, err
	}
	taken, err := f.write(ctx, watchers, writes)
	if err != nil {
		return nil, err
	}
	if dropped, strays := f.dropped.Load(), f.strays.Load(); dropped > 0 || strays > 0 {
		return nil, fmt.Errorf("%d of %d watches were dropped, %d events reached someone else", dropped, watchers, strays)
	}
	return taken, nil
}

func ownerOf(pair int) string { return "owner-" + strconv.Itoa(pair) }

// giveOwners gives each of the first pairs an owner of its own.
func (b *bench) giveOwners(ctx context.Context, pairs int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	for i := range pairs {
		group.Go(func() error {
			body := fmt.Appendf(nil, `{"spec":{"users":[%q]}}`, ownerOf(i))
			return b.env.load.do(ctx, http.MethodPatch, datalabs+"/"+pairName(i), mergePatch, body, nil)
		})
	}
	return group.Wait()
}

func (f *fan) open(ctx context.Context, watchers int) error {
	var list meta
	if err := f.bench.env.operator.get(ctx, workspaces+"?limit=1", &list); err != nil {
		return err
	}
	path := fmt.Sprintf("%s?watch=true&resourceVersion=%d", workspaces, list.Metadata.ResourceVersion)
	group, opening := errgroup.WithContext(ctx)
	group.SetLimit(seedWriters)
	var mu sync.Mutex
	for i := range watchers {
		group.Go(func() error {
			c, err := f.bench.env.impersonate(ownerOf(i))
			if err != nil {
				return err
			}
			response, err := c.open(ctx, http.MethodGet, path, "", nil)
			if err != nil {
				return errors.Join(err, opening.Err())
			}
			mu.Lock()
			defer mu.Unlock()
			f.body = append(f.body, response.Body)
			f.readers.Go(func() { f.read(i, response.Body) })
			return nil
		})
	}
	return group.Wait()
}

func (f *fan) read(pair int, body io.Reader) {
	decoder := json.NewDecoder(bufio.NewReaderSize(body, 4096))
	var event struct{ Object meta }
	for decoder.Decode(&event) == nil {
		if event.Object.Metadata.Name != pairName(pair) {
			f.strays.Add(1)
			continue
		}
		f.arrived <- arrival{pair, event.Object.Metadata.ResourceVersion, time.Now()}
	}
	if !f.closing.Load() {
		f.dropped.Add(1)
	}
}

// write touches parts at the rate, and answers how long each touch took to reach the watcher whom it concerned.
func (f *fan) write(ctx context.Context, watchers, writes int) (samples, error) {
	type touch struct{ pair, kind int }
	begun := make(map[uint64]time.Time, writes) // by version
	var mu sync.Mutex
	group := errgroup.Group{}
	tick := time.NewTicker(time.Second / fanRate)
	defer tick.Stop()
	for i := range writes {
		<-tick.C
		t := touch{pair: i % watchers, kind: i / watchers % 2}
		group.Go(func() error {
			at := time.Now()
			version, err := f.bench.touchStatus(ctx, t.kind, pairName(t.pair))
			mu.Lock()
			defer mu.Unlock()
			begun[version] = at
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	var taken samples
	deadline := time.After(fanGrace)
	for len(begun) > 0 {
		select {
		case a := <-f.arrived:
			if at, waited := begun[a.version]; waited {
				taken = append(taken, a.at.Sub(at))
				delete(begun, a.version)
			}
		case <-deadline:
			return nil, fmt.Errorf("%d of %d events have not arrived", len(begun), writes)
		}
	}
	return taken, nil
}

func (f *fan) close() {
	f.closing.Store(true)
	for _, body := range f.body {
		_ = body.Close()
	}
	f.readers.Wait()
}

// impersonate is a client that acts as a user, over the connections of the one who makes noise.
func (e *environment) impersonate(user string) (*client, error) {
	header := http.Header{}
	header.Set("Impersonate-User", user)
	return &client{host: e.load.host, http: &http.Client{Transport: withHeader{e.load.http.Transport, header}}}, nil
}

// withHeader adds a header to each request.
type withHeader struct {
	http.RoundTripper
	header http.Header
}

func (t withHeader) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, values := range t.header {
		r.Header[name] = values
	}
	return t.RoundTripper.RoundTrip(r)
}
