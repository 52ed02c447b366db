//go:build linux && race

package http1

import "syscall"

// The race detector takes what goes through a connection for what happens one after the other, and has
// to see it.
func quickRead(fd uintptr, p []byte) (int, error) { return syscall.Read(int(fd), p) }

func quickWrite(fd uintptr, p []byte) (int, error) { return syscall.Write(int(fd), p) }
