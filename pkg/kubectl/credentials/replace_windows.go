package credentials

import (
	"errors"
	"os"
	"os/exec"
)

// replace runs the command to its end and ends with it, as Windows cannot put it into this process's place. The console sends its
// interrupts to the command as well.
func replace(path string, command, env []string) error {
	cmd := exec.Command(path, command[1:]...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = env, os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	os.Exit(cmd.ProcessState.ExitCode())
	return nil
}
