package process

import "syscall"

// childAttributes: an own process group, so that Ctrl-C reaches the parent alone, and death with the parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
