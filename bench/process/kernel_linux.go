package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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

// Family is a process and all that it has started, and these have.
func Family(pid int) []int {
	all := []int{pid}
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid)) // the pattern is well formed
	for _, list := range lists {
		b, _ := os.ReadFile(list) // a thread may be gone
		for _, child := range strings.Fields(string(b)) {
			if id, err := strconv.Atoi(child); err == nil {
				all = append(all, Family(id)...)
			}
		}
	}
	return all
}

// CPUTime is what all threads of a process have used so far, those that ended included:
// the process's own clock, in nanoseconds.
func CPUTime(pid int) (time.Duration, error) {
	const scheduler = 2 // which of the clocks of a process, see clock_getcpuclockid(3)
	var t syscall.Timespec
	clock := ^pid<<3 | scheduler
	if _, _, e := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0); e != 0 {
		return 0, os.NewSyscallError("clock_gettime", e)
	}
	return time.Duration(t.Nano()), nil
}

// Processor is what the processor calls itself; empty if it does not.
func Processor() string {
	b, _ := os.ReadFile("/proc/cpuinfo") // only for people
	for line := range bytes.Lines(b) {
		if name, value, _ := bytes.Cut(line, []byte(":")); string(bytes.TrimSpace(name)) == "model name" {
			return string(bytes.TrimSpace(value))
		}
	}
	return ""
}

// OpenFiles asks for so many open files for this process and those that it starts, and gives
// how many it has got.
func OpenFiles(want uint64) (uint64, error) {
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

// threads are those of a process, with the core that each was on last.
func threads(pid int) (all []thread) {
	const coreField = 36                                     // 39 in proc_pid_stat(5), behind the name
	dirs, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)) // the process may be gone, and so may threads
	for _, d := range dirs {
		dir := fmt.Sprintf("/proc/%d/task/%s/", pid, d.Name())
		stat, _ := os.ReadFile(dir + "stat")
		used, _ := os.ReadFile(dir + "schedstat")
		i := bytes.LastIndexByte(stat, ')')
		fields, times := bytes.Fields(stat[i+1:]), bytes.Fields(used)
		if i < 0 || len(fields) <= coreField || len(times) == 0 {
			continue
		}
		id, _ := strconv.Atoi(d.Name())
		core, err := strconv.Atoi(string(fields[coreField]))
		ns, bad := strconv.ParseInt(string(times[0]), 10, 64)
		if err == nil && bad == nil {
			all = append(all, thread{id: id, core: core, used: time.Duration(ns)})
		}
	}
	return all
}
