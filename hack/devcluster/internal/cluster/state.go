package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// Phases of the cluster.
const (
	starting = "starting"
	ready    = "ready"
	broken   = "broken" // a process has ended by itself; the others go on
	failed   = "failed" // it did not start
)

// State is what the supervisor tells about itself.
type State struct {
	Phase     string  `json:"phase"`
	Step      string  `json:"step,omitempty"`  // what is being done while starting
	Error     string  `json:"error,omitempty"` // why it is broken or failed
	Processes []child `json:"processes,omitempty"`
	Addresses address `json:"addresses"`
}

type child struct {
	Name string `json:"name"`
	PID  int    `json:"pid"`
	Log  string `json:"log"`
}

type address struct {
	KubeAPIServer string `json:"kubeAPIServer"`
	Server        string `json:"server"`
	S3            string `json:"s3"`
	Sessions      string `json:"sessions"`
}

func (l Layout) readState() (State, error) {
	var s State
	text, err := os.ReadFile(l.stateFile())
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal(text, &s)
}

// writeState replaces the file in one step, as others read it at any time.
func (l Layout) writeState(s State) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	next := l.stateFile() + ".new"
	if err := os.WriteFile(next, text, 0o644); err != nil {
		return err
	}
	return os.Rename(next, l.stateFile())
}

// lock takes the lock that the supervisor holds for life. The kernel lets go of it however the process ends, so that
// whoever finds it held knows that the process id in the pid file is the supervisor's.
func (l Layout) lock() (*os.File, error) {
	if err := os.MkdirAll(l.dev(), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(l.lockFile(), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errRunning
		}
		return nil, fmt.Errorf("lock %s: %w", l.lockFile(), err)
	}
	return file, nil
}

var errRunning = errors.New("the development cluster is running")

// running tells whether a supervisor lives.
func (l Layout) running() (bool, error) {
	if _, err := os.Stat(l.lockFile()); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	file, err := l.lock()
	if errors.Is(err, errRunning) {
		return true, nil
	} else if err != nil {
		return false, err
	}
	return false, file.Close()
}
