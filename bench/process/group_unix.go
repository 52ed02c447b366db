//go:build unix && !linux

package process

import (
	"os/exec"
	"syscall"
)

// apart has a program run in a group of its own, so that what is typed at the terminal is for this one, which
// then stops it.
func apart(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
