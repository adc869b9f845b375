// Package process runs one child process: its log goes to a file, its end is told, and it never outlives its parent.
// Here lives only what every child needs alike; what a child is and when it is ready is its owner's business.
package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const pollInterval = 25 * time.Millisecond

// Spec says what to run.
type Spec struct {
	Name string   // how the process is called in messages
	Path string   // the binary
	Args []string // its arguments
	Env  []string // added to the parent's environment
	Log  string   // file that receives stdout and stderr; appended to
}

// Process is a running child.
type Process struct {
	spec Spec
	cmd  *exec.Cmd
	done chan struct{}
	err  error // set before done is closed
}

// Start runs the child.
func Start(spec Spec) (*Process, error) {
	if err := os.MkdirAll(filepath.Dir(spec.Log), 0o755); err != nil {
		return nil, fmt.Errorf("create the log folder of %s: %w", spec.Name, err)
	}
	log, err := os.OpenFile(spec.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", spec.Name, err)
	}
	cmd := exec.Command(spec.Path, spec.Args...)
	cmd.Env = append(os.Environ(), spec.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = childAttributes()

	p := &Process{spec: spec, cmd: cmd, done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The parent's death is signalled when the thread that started the child ends, so it must not end earlier.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Name, err)
	}
	return p, nil
}

// Name of the process, as its Spec has it.
func (p *Process) Name() string { return p.spec.Name }

// PID of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Log is the file with the output.
func (p *Process) Log() string { return p.spec.Log }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// WaitReady polls until ready answers nil, the process ends or the context is over.
func (p *Process) WaitReady(ctx context.Context, ready func(context.Context) error) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.ExitError()
		case <-ctx.Done():
			return fmt.Errorf("%s was not ready in time: %w (log: %s)", p.spec.Name, err, p.spec.Log)
		case <-tick.C:
		}
	}
}

// ExitError describes the end of a process that should not have ended, with the last lines of its log.
func (p *Process) ExitError() error {
	how := "exited"
	if p.err != nil {
		how = p.err.Error()
	}
	return fmt.Errorf("%s ended (%s); last lines of %s:\n%s", p.spec.Name, how, p.spec.Log, Tail(p.spec.Log, 10))
}

// Stop ends the process politely, after the grace period by force, and waits for its end. Safe to call twice.
func (p *Process) Stop(grace time.Duration) {
	if p == nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-p.done:
	case <-timer.C:
		p.Kill()
	}
}

// Kill ends the process at once and waits for its end. Safe to call twice.
func (p *Process) Kill() {
	if p == nil {
		return
	}
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return
	}
	<-p.done
}

// Tail answers the last n lines of a file, indented and without a stack trace; an unreadable file has none.
func Tail(file string, n int) string {
	const enough = 64 << 10
	f, err := os.Open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > enough {
		_, _ = f.Seek(-enough, io.SeekEnd)
	}
	buf := make([]byte, enough)
	read, _ := f.Read(buf)
	text, _, _ := strings.Cut(string(buf[:read]), "\ngoroutine ") // a panic's first line says it all
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-n):], "\n  ")
}
