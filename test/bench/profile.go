package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// profileSeconds is how long each request is repeated under the profiler.
const profileSeconds = 5

// profile writes where the server and kube-apiserver spend their time on each request, and what the server's memory holds.
func (b *bench) profile(ctx context.Context) error {
	if err := os.MkdirAll(b.profiles, 0o755); err != nil {
		return err
	}
	for _, r := range b.requests() {
		if r.name == "session start" || !b.wants(r.name) {
			continue // each session can be started once only: too few for a profile
		}
		if err := b.profileRequest(ctx, r); err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
	}
	if err := b.fetch(ctx, b.env.direct, "/debug/pprof/heap?gc=1", "heap"); err != nil {
		return err
	}
	return b.profileStart(ctx)
}

// profileStart starts the server once more, and has it profile itself as soon as it listens.
func (b *bench) profileStart(ctx context.Context) error {
	b.env.server.Stop(stopGrace)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		_, err := b.env.restart(ctx)
		return err
	})
	group.Go(func() error {
		for {
			err := b.fetch(ctx, b.env.direct, fmt.Sprintf("/debug/pprof/profile?seconds=%d", profileSeconds), "start")
			if err == nil {
				return nil
			}
			b.env.direct.http.CloseIdleConnections()
			if err := pause(ctx, 20*time.Millisecond); err != nil {
				return err
			}
		}
	})
	return group.Wait()
}

func (b *bench) profileRequest(ctx context.Context, r request) error {
	sending, stop := context.WithCancel(ctx)
	defer stop()
	group := errgroup.Group{}
	group.Go(func() error {
		for i := 1000; sending.Err() == nil; i++ {
			if err := r.workspaces(sending, i); err != nil && sending.Err() == nil {
				return err
			}
		}
		return nil
	})
	path, name := fmt.Sprintf("/debug/pprof/profile?seconds=%d", profileSeconds), strings.ReplaceAll(r.name, " ", "-")
	profiling := errgroup.Group{}
	profiling.Go(func() error { return b.fetch(ctx, b.env.direct, path, name) })
	profiling.Go(func() error { return b.fetch(ctx, b.env.load, path, "kube-apiserver-"+name) })
	err := profiling.Wait()
	stop()
	if failed := group.Wait(); err == nil {
		err = failed
	}
	return err
}

// fetch writes an answer of the server to a file.
func (b *bench) fetch(ctx context.Context, from *client, path, name string) error {
	response, err := from.open(ctx, http.MethodGet, path, "", nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := os.Create(filepath.Join(b.profiles, fmt.Sprintf("%s-%d.pprof", name, b.n)))
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(file, response.Body)
	return err
}
