package main

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// forget has the system give up what it holds of the file in memory.
func forget(path string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	f.Sync()
	unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}

// processor is how much of a processor's time this process has used.
func processor() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// waited is how long this thread was ready to run and did not: others had the processors.
func waited() time.Duration {
	b, err := os.ReadFile("/proc/thread-self/schedstat")
	if fields := bytes.Fields(b); err == nil && len(fields) > 1 {
		n, _ := strconv.ParseInt(string(fields[1]), 10, 64) // where it does not say, nothing is taken off
		return time.Duration(n)
	}
	return 0
}
