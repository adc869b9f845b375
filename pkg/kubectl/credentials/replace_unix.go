//go:build !windows

package credentials

import "syscall"

// replace puts the command into this process's place: so input, output, signals and the exit code are the command's own.
func replace(path string, command, env []string) error {
	return syscall.Exec(path, command, env)
}
