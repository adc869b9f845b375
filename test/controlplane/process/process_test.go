package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAProcessThatEndsEarlyTellsWhy(t *testing.T) {
	p := run(t, "echo started; echo 'no such file' >&2; exit 3")
	err := p.WaitReady(t.Context(), func(context.Context) error { return errors.New("not yet") })
	for _, want := range []string{"a test", "exit status 3", "no such file"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to hold %q", err, want)
		}
	}
}

func TestStopIsPoliteFirstAndThenNot(t *testing.T) {
	for _, c := range []struct {
		name, script string
		grace        time.Duration
	}{
		{"one that listens", "exec sleep 600", time.Minute},
		{"one that does not", "trap '' TERM; while :; do sleep 0.05; done", 10 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := run(t, c.script)
			p.Stop(c.grace)
			p.Stop(c.grace) // safe again
			select {
			case <-p.Done():
			default:
				t.Error("still there")
			}
		})
	}
}

func TestTailHasNoStackTrace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	log := "one\ntwo\npanic: a reason\n\ngoroutine 1 [running]:\nmain.main()\n\tmain.go:14\n"
	if err := os.WriteFile(file, []byte(log), 0o644); err != nil {
		t.Fatal(err)
	}
	if got, want := Tail(file, 2), "  two\n  panic: a reason"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func run(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Start(Spec{Name: "a test", Path: "/bin/sh", Args: []string{"-c", script}, Log: filepath.Join(t.TempDir(), "log")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Kill)
	return p
}
