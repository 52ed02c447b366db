//go:build unix

package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// TestInterrupted: Ctrl-C at a terminal goes to everything in the program's group. It ends, and says why.
func TestInterrupted(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-strowger", self, "-peers", t.TempDir(), "-turn", "1s", "-rounds", "9", "-connections", "4", "-only", "356B")
	cmd.Env = append(os.Environ(), asProgram+"=1", asServe+"=", "GORACE=atexit_sleep_ms=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out, said strings.Builder
	cmd.Stdout = &out
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(log)
	sent := false
	for lines.Scan() {
		line := lines.Text()
		if said.WriteString(line + "\n"); !sent && strings.HasPrefix(line, "1/9 356B    direct ") {
			sent = true // ReverseProxy is next, or strowger
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // how it ended is looked at
	if got := out.String() + said.String(); cmd.ProcessState.ExitCode() != exitFailed || !strings.HasSuffix(got, "\nload: interrupted\n") || strings.Contains(got, "FAILED") || strings.Contains(got, "wrong") {
		t.Errorf("%v:\n%s", cmd.ProcessState, got)
	}
}
