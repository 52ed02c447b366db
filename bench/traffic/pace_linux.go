package traffic

import (
	"encoding/binary"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// pacer says when a step of time has passed. Go's own timers wait for whole milliseconds where
// nothing else goes on, which is longer than what is to be measured; the kernel's do not.
type pacer struct{ timer *os.File }

func newPacer(step time.Duration) (*pacer, error) {
	const monotonic = 1
	fd, _, e := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, monotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if e != 0 {
		return nil, os.NewSyscallError("timerfd_create", e)
	}
	p := &pacer{os.NewFile(fd, "pacer")}
	every := syscall.NsecToTimespec(step.Nanoseconds())
	setting := [2]syscall.Timespec{every, every} // again and again; the first time
	if _, _, e := syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, fd, 0, uintptr(unsafe.Pointer(&setting)), 0, 0, 0); e != 0 {
		p.close()
		return nil, os.NewSyscallError("timerfd_settime", e)
	}
	return p, nil
}

// wait waits for the end of a step and gives how many have ended since the last call.
func (p *pacer) wait() (int, error) {
	var b [8]byte
	if _, err := p.timer.Read(b[:]); err != nil {
		return 0, err
	}
	return int(binary.NativeEndian.Uint64(b[:])), nil
}

func (p *pacer) close() { _ = p.timer.Close() } // a timer has nothing to lose
