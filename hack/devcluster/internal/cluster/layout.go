// Package cluster starts, watches and stops the development cluster. One detached process, the supervisor, owns all
// others; what it is doing stands in a state file, and that it lives is told by a lock that it holds.
package cluster

import (
	"path/filepath"
)

// Layout knows where everything lies.
type Layout struct{ Root string }

func (l Layout) dev(parts ...string) string {
	return filepath.Join(append([]string{l.Root, ".dev"}, parts...)...)
}

// Log is the log file of a process.
func (l Layout) Log(name string) string { return l.dev("logs", name+".log") }

// Kubeconfig of a user.
func (l Layout) Kubeconfig(user string) string {
	if user == operator {
		return l.dev("kubeconfig")
	}
	return l.dev(user + ".kubeconfig")
}

func (l Layout) stateFile() string { return l.dev("state.json") }
func (l Layout) lockFile() string  { return l.dev("lock") }
func (l Layout) pidFile() string   { return l.dev("pid") }

func (l Layout) bin(name string) string { return filepath.Join(l.Root, "bin", name) }
