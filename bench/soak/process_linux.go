package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// level is what a process holds.
type level struct {
	rss            int64 // bytes
	threads, files int
	sockets        int // of the files
}

// levelOf reads it from /proc.
func levelOf(pid int) (l level, err error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	text, err := os.ReadFile(dir + "status")
	if err != nil {
		return l, err
	}
	files, err := os.ReadDir(dir + "fd")
	if err != nil {
		return l, err
	}
	l.files = len(files)
	for _, f := range files {
		if to, err := os.Readlink(dir + "fd/" + f.Name()); err == nil && strings.HasPrefix(to, "socket:") {
			l.sockets++
		}
	}
	for line := range bytes.Lines(text) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		n, _ := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(" kB"))), 10, 64) // 0 for words
		switch string(name) {
		case "VmRSS":
			l.rss = n << 10
		case "Threads":
			l.threads = int(n)
		}
	}
	return l, nil
}

// openFiles asks for so many open files for this process and those that it starts, and gives
// how many it has got.
func openFiles(want uint64) (uint64, error) {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return 0, err
	}
	if l.Cur >= want {
		return l.Cur, nil
	}
	more := syscall.Rlimit{Cur: want, Max: max(l.Max, want)}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &more) == nil {
		return want, nil
	}
	more = syscall.Rlimit{Cur: l.Max, Max: l.Max} // only root gets more than that
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &more); err != nil {
		return l.Cur, err
	}
	return l.Max, nil
}
