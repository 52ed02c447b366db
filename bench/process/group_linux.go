package process

import (
	"os/exec"
	"syscall"
)

// apart has a program run in a group of its own, so that what is typed at the terminal is for this one, which
// then stops it. Should this one be killed, it is asked to end by the kernel.
func apart(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
