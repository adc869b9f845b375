package commandline

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// Running is a program that has not ended yet, such as one that watches.
type Running struct {
	name   string
	done   chan struct{}
	stop   context.CancelFunc
	mu     sync.Mutex
	lines  []string
	errs   bytes.Buffer
	tell   chan struct{} // closed and replaced with each line
	result Result
}

// Start starts a program. It is ended with the test, if not before.
func (u *User) Start(t testing.TB, program string, args ...string) *Running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := u.command(ctx, program, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // as a user does it
	cmd.WaitDelay = 10 * time.Second
	r := &Running{name: program + " " + strings.Join(args, " "), done: make(chan struct{}), stop: cancel, tell: make(chan struct{})}
	cmd.Stderr = &r.errs
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatalf("%s: %v", r.name, err)
	}
	go func() {
		defer close(r.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			r.add(lines.Text())
		}
		_ = cmd.Wait() // the exit code tells
		r.result = Result{Out: strings.Join(r.Lines(), "\n"), Err: r.errs.String(), Code: cmd.ProcessState.ExitCode()}
	}()
	t.Cleanup(func() { r.Interrupt() })
	return r
}

func (r *Running) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lines = append(r.lines, line)
	close(r.tell)
	r.tell = make(chan struct{})
}

// Lines are what it has printed so far.
func (r *Running) Lines() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lines[:len(r.lines):len(r.lines)]
}

// Await waits until it has printed a line as wanted, and answers it.
func (r *Running) Await(t testing.TB, what string, want func(line string) bool) string {
	t.Helper()
	late := time.NewTimer(limit)
	defer late.Stop()
	for seen := 0; ; {
		r.mu.Lock()
		lines, tell := r.lines, r.tell
		r.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if want(lines[seen]) {
				return lines[seen]
			}
		}
		select {
		case <-tell:
		case <-r.done:
			if seen == len(r.Lines()) {
				t.Fatalf("%s: %s is not among its output, and it has ended with code %d: %s%s", r.name, what, r.result.Code, r.result.Out, r.result.Err)
			}
		case <-late.C:
			t.Fatalf("%s: %s does not come after\n%s", r.name, what, strings.Join(lines, "\n"))
		}
	}
}

// Wait waits for its end.
func (r *Running) Wait(t testing.TB) Result {
	t.Helper()
	select {
	case <-r.done:
	case <-time.After(limit):
		t.Fatalf("%s does not end", r.name)
	}
	return r.result
}

// Interrupt ends it as a user does, and answers what it left behind. Safe to call twice.
func (r *Running) Interrupt() Result {
	r.stop()
	<-r.done
	return r.result
}
