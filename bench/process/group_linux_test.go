package process_test

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"strowger/bench/process"
)

// A program has a group of its own, and ends when the one that started it is killed, though it does not
// look at its input.
func TestApart(t *testing.T) {
	cmd := command(t, "starts another")
	p, err := process.Start(t.Context(), "it", cmd, cmd.Start)
	if err != nil {
		t.Fatal(err)
	}
	if group, err := syscall.Getpgid(p.Pid); err != nil || group != p.Pid {
		t.Errorf("it is in the group %d, %v", group, err)
	}
	family := process.Family(p.Pid)
	if len(family) != 2 {
		t.Fatalf("no other was started: %v", family)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-p.Done()
	for range 500 {
		if !runs(family[1]) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("the other goes on: %d", family[1])
	_ = syscall.Kill(family[1], syscall.SIGKILL)
}

// runs says whether there is such a process, and it has not ended.
func runs(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%s/stat", strconv.Itoa(pid)))
	return err == nil && !bytes.Contains(b, []byte(") Z "))
}
