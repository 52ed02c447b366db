//go:build linux && !race

package http1

import (
	"syscall"
	"unsafe"
)

func quickRead(fd uintptr, p []byte) (int, error) {
	n, _, err := syscall.RawSyscall(syscall.SYS_READ, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return done(n, err)
}

func quickWrite(fd uintptr, p []byte) (int, error) {
	n, _, err := syscall.RawSyscall(syscall.SYS_WRITE, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
	return done(n, err)
}

func done(n uintptr, err syscall.Errno) (int, error) {
	if err != 0 {
		return 0, err
	}
	return int(n), nil
}
