package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// cpuSet is a set of cores as the kernel wants it.
type cpuSet [1024 / 64]uint64

func (s *cpuSet) has(cpu int) bool { return s[cpu/64]&(1<<(cpu%64)) != 0 }

// only is the set of one core.
func only(cpu int) (s cpuSet) {
	s[cpu/64] = 1 << (cpu % 64)
	return s
}

// affinity is where a thread may run; 0 is the calling one.
func affinity(thread int) (s cpuSet, err error) {
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, uintptr(thread), unsafe.Sizeof(s), uintptr(unsafe.Pointer(&s))); e != 0 {
		return s, os.NewSyscallError("sched_getaffinity", e)
	}
	return s, nil
}

func setAffinity(thread int, s cpuSet) error {
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(thread), unsafe.Sizeof(s), uintptr(unsafe.Pointer(&s))); e != 0 {
		return os.NewSyscallError("sched_setaffinity", e)
	}
	return nil
}

// twoCores are the first two cores this process may use.
func twoCores() (first, second int, err error) {
	s, err := affinity(0)
	if err != nil {
		return 0, 0, err
	}
	var found []int
	for cpu := 0; cpu < len(s)*64 && len(found) < 2; cpu++ {
		if s.has(cpu) {
			found = append(found, cpu)
		}
	}
	if len(found) < 2 {
		return 0, 0, errors.New("there is one core only")
	}
	return found[0], found[1], nil
}

// moveHere keeps this process on one core: every thread it has, and so those to come.
func moveHere(cpu int) error {
	for range 2 { // a thread may have been made while the first pass went on
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, t := range threads {
			id, err := strconv.Atoi(t.Name())
			if err != nil {
				return err
			}
			if err := setAffinity(id, only(cpu)); err != nil && !errors.Is(err, syscall.ESRCH) {
				return err
			}
		}
	}
	runtime.GOMAXPROCS(1)
	return nil
}

// startOn starts a process on one core: a child may run where the thread that made it may.
func startOn(cpu int, start func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before, err := affinity(0)
	if err != nil {
		return err
	}
	if err := setAffinity(0, only(cpu)); err != nil {
		return err
	}
	return errors.Join(start(), setAffinity(0, before))
}

// cpuTime is what all threads of a process have used so far, those that ended included:
// the process's own clock, in nanoseconds.
func cpuTime(pid int) (time.Duration, error) {
	const scheduler = 2 // which of the clocks of a process, see clock_getcpuclockid(3)
	var t syscall.Timespec
	clock := ^pid<<3 | scheduler
	if _, _, e := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0); e != 0 {
		return 0, os.NewSyscallError("clock_gettime", e)
	}
	return time.Duration(t.Nano()), nil
}

// memory is what a process holds in memory: all of it, and without what it shares with
// the file system, such as its program.
func memory(pid int) (resident, own int64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, err
	}
	for line := range bytes.Lines(b) {
		name, value, _ := bytes.Cut(line, []byte(":"))
		to := &resident
		switch string(name) {
		case "VmRSS":
		case "RssAnon":
			to = &own
		default:
			continue
		}
		kib, err := strconv.ParseInt(string(bytes.TrimSuffix(bytes.TrimSpace(value), []byte(" kB"))), 10, 64)
		if err != nil {
			return 0, 0, err
		}
		*to = kib << 10
	}
	return resident, own, nil
}
