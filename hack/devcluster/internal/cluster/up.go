package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/eoepca/workspaces/hack/devcluster/internal/tools"
	"github.com/eoepca/workspaces/test/controlplane"
	"github.com/eoepca/workspaces/test/controlplane/process"
)

const (
	minFree      = 2 << 30
	startTimeout = 3 * time.Minute
	stopTimeout  = 40 * time.Second
	pollInterval = 50 * time.Millisecond
)

// Up starts the cluster and returns when it is ready for use. A cluster that runs already is left as it is.
func (l Layout) Up(ctx context.Context, out io.Writer) error {
	if on, err := l.running(); err != nil {
		return err
	} else if on {
		return l.alreadyUp(ctx, out)
	}
	if err := os.RemoveAll(l.dev("logs")); err != nil { // a log tells of one run
		return err
	}
	if err := os.MkdirAll(l.dev("logs"), 0o755); err != nil {
		return err
	}
	if err := tools.CheckSpace(l.dev(), minFree); err != nil {
		return err
	}
	begin := time.Now()
	supervisor, err := l.spawn()
	if err != nil {
		return err
	}
	if err := l.follow(ctx, out, supervisor); err != nil {
		if ctx.Err() != nil { // interrupted: leave nothing half started
			_ = l.Down(context.WithoutCancel(ctx), io.Discard)
			return errors.New("interrupted: the cluster is stopped")
		}
		return err
	}
	fmt.Fprintf(out, "The development cluster is up after %d s.\n\n", int(time.Since(begin).Seconds()))
	l.next(out)
	return nil
}

func (l Layout) alreadyUp(ctx context.Context, out io.Writer) error {
	if err := l.follow(ctx, io.Discard, nil); err != nil {
		return fmt.Errorf("%w\nrun `make down` and `make up` to start afresh", err)
	}
	fmt.Fprintf(out, "The development cluster is running already.\n\n")
	l.next(out)
	return nil
}

// spawn starts the supervisor in a session of its own, so that it outlives the terminal. It returns its end.
func (l Layout) spawn() (<-chan struct{}, error) {
	log, err := os.OpenFile(l.Log("supervisor"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	if err := l.writeState(State{Phase: starting}); err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "supervise", "--root", l.Root)
	cmd.Dir = l.Root
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the supervisor: %w", err)
	}
	end := make(chan struct{})
	go func() { _ = cmd.Wait(); close(end) }()
	return end, nil
}

// follow prints each step until the cluster is ready, or tells why it is not.
func (l Layout) follow(ctx context.Context, out io.Writer, supervisor <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var last string
	for ended := false; ; {
		state, err := l.readState()
		if err != nil {
			return fmt.Errorf("read what the supervisor does: %w", err)
		}
		if state.Phase == starting && state.Step != last {
			last = state.Step
			fmt.Fprintf(out, "  %s\n", last)
		}
		switch {
		case state.Phase == ready:
			return nil
		case state.Phase == broken || state.Phase == failed:
			return errors.New(state.Error)
		case ended:
			return fmt.Errorf("the supervisor ended; last lines of %s:\n%s", l.Log("supervisor"), process.Tail(l.Log("supervisor"), 10))
		}
		select {
		case <-supervisor:
			ended, supervisor = true, nil
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("the cluster is not ready yet (%s); see %s", state.Step, l.dev("logs"))
		}
	}
}

func (l Layout) next(out io.Writer) {
	programs := strings.Join(append([]string{l.bin("")}, controlplane.AssetDirs(l.Root)...), ":")
	fmt.Fprintf(out, "Next, as the operator:\n\n  export KUBECONFIG=%s\n  export PATH=%s:$PATH\n  kubectl get workspaces\n\n",
		l.Kubeconfig(operator), programs)
	fmt.Fprintf(out, "Other users: %s\nMake it go away: make down\n", strings.Join(l.userFiles(), ", "))
}

func (l Layout) userFiles() []string {
	var files []string
	for _, user := range people {
		files = append(files, l.Kubeconfig(user))
	}
	return files
}

// Down stops the supervisor, and with it all that it started. Nothing running is fine.
func (l Layout) Down(ctx context.Context, out io.Writer) error {
	on, err := l.running()
	if err != nil {
		return err
	}
	if !on {
		fmt.Fprintln(out, "The development cluster is not running.")
		return nil
	}
	pid, err := l.pid()
	if err != nil {
		return err
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop the supervisor (process %d): %w", pid, err)
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	for {
		if on, err := l.running(); err != nil {
			return err
		} else if !on {
			fmt.Fprintln(out, "The development cluster is stopped. Its data and the programs are kept; `make clean` removes them.")
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done(): // its children go with it
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
				return fmt.Errorf("end the supervisor (process %d): %w", pid, err)
			}
			return fmt.Errorf("the cluster did not stop within %s and was ended by force", stopTimeout)
		}
	}
}

// pid waits for the supervisor to say its process id: it does so as its first act.
func (l Layout) pid() (int, error) {
	text, err := os.ReadFile(l.pidFile())
	if err != nil {
		return 0, fmt.Errorf("read the supervisor's process id: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}

// Status tells how the cluster is; an error means that it is not well.
func (l Layout) Status(out io.Writer) error {
	on, err := l.running()
	if err != nil {
		return err
	}
	if !on {
		return errors.New("the development cluster is not running: `make up` starts it")
	}
	state, err := l.readState()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "The development cluster is %s.\n", state.Phase)
	if state.Phase == starting {
		return fmt.Errorf("not ready yet: %s", state.Step)
	}
	fmt.Fprintf(out, "  kube-apiserver  https://%s\n  workspaces      https://%s\n  S3              http://%s\n  sessions        http://%s\n",
		state.Addresses.KubeAPIServer, state.Addresses.Server, state.Addresses.S3, state.Addresses.Sessions)
	for _, c := range state.Processes {
		fmt.Fprintf(out, "  %-24s process %-8d %s\n", c.Name, c.PID, c.Log)
	}
	if state.Phase != ready {
		return errors.New(state.Error)
	}
	return nil
}
