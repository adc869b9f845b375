package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// What the server keeps must follow from what there is, and from the history of the last minutes, which watches may be resumed
// in. An hour of churn shows the same with more certainty: `make bench BENCHFLAGS="-only churn -churn 1h"`.
func TestChurnLeavesNothingBehind(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a control plane")
	}
	const (
		rounds   = 15 // of each client
		history  = 64 // KB that the history keeps of a round at most: about ten events, each with the workspace as it was
		watchers = 10 // goroutines that come and go on their own
	)
	ctx := t.Context()
	env, err := start(ctx, options{}, newProgress(io.Discard))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := env.stop(); err != nil {
			t.Error(err)
		}
	}()
	b := &bench{env: env, say: newProgress(io.Discard), n: minimumSize}
	if err := env.seed(ctx, 0, b.n); err != nil {
		t.Fatal(err)
	}
	if err := env.plane.StartControllerManager(); err != nil {
		t.Fatal(err)
	}
	kept := func() (heap int64, goroutines int) {
		t.Helper()
		if err := b.churnWhile(ctx, func(round int) bool { return round < rounds }); err != nil {
			t.Fatal(err)
		}
		if err := b.allGone(ctx); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if heap, err = env.liveHeap(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if goroutines, err = env.goroutines(ctx); err != nil {
			t.Fatal(err)
		}
		return heap, goroutines
	}
	kept() // all that is made once has been made after that
	heapBefore, goroutinesBefore := kept()
	heap, goroutines := kept()
	each := float64(heap-heapBefore) / 1024 / rounds / churners
	t.Logf("%.0f KB a round; %d goroutines, then %d", each, goroutinesBefore, goroutines)
	if each > history {
		t.Errorf("a round leaves %.0f KB behind, want at most %d", each, history)
	}
	err = wait.PollUntilContextTimeout(ctx, 200*time.Millisecond, time.Minute, true, func(ctx context.Context) (bool, error) {
		goroutines, err = env.goroutines(ctx)
		return goroutines <= goroutinesBefore+watchers, err
	})
	if err != nil {
		t.Errorf("%d rounds left %d goroutines behind: %v", rounds*churners, goroutines-goroutinesBefore, err)
	}
}

// goroutines is how many the server has.
func (e *environment) goroutines(ctx context.Context) (n int, err error) {
	response, err := e.direct.open(ctx, http.MethodGet, "/debug/pprof/goroutine?debug=1", "", nil)
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	line, err := bufio.NewReader(response.Body).ReadString('\n')
	if err != nil {
		return 0, err
	}
	_, err = fmt.Sscanf(line, "goroutine profile: total %d", &n)
	return n, err
}
