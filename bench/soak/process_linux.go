package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
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
