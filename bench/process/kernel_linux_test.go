package process

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func TestClockOfAProcess(t *testing.T) {
	before, err := CPUTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(50 * time.Millisecond); time.Now().Before(end); {
	}
	after, err := CPUTime(os.Getpid())
	if err != nil || after <= before || after-before > 10*time.Second {
		t.Errorf("from %s to %s: %v", before, after, err)
	}
	if _, err := CPUTime(1 << 22); err == nil {
		t.Error("a process that there is not has a clock")
	}
}

func TestStartsOnACore(t *testing.T) {
	first, second, err := twoCores()
	if err != nil {
		t.Skip(err)
	}
	before, err := affinity(0)
	if err != nil {
		t.Fatal(err)
	}
	for _, cpu := range []int{first, second} {
		cmd := exec.Command("cat", "/proc/self/stat")
		var out strings.Builder
		cmd.Stdout = &out
		if err := startOn(cpu, cmd.Start); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(out.String(), ") ")
		if ran := strings.Fields(after)[36]; ran != string(rune('0'+cpu)) { // field 39 of proc_pid_stat(5)
			t.Errorf("ran on core %s instead of %d", ran, cpu)
		}
	}
	if now, err := affinity(0); err != nil || now != before {
		t.Errorf("the test itself may run on %v instead of %v: %v", now, before, err)
	}
}

func TestMemory(t *testing.T) {
	resident, own, err := Memory(os.Getpid())
	if err != nil || own < 1<<16 || resident < own {
		t.Errorf("%d, %d: %v", resident, own, err)
	}
}
