package main

import (
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"
)

// fullQueue is the address of a socket whose queue of connections is full, so that the system
// does not answer further ones, and what ends it.
func fullQueue() (addr string, end func(), err error) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return "", nil, err
	}
	var conns []net.Conn
	end = func() {
		for _, c := range conns {
			_ = c.Close() // nothing was said there
		}
		_ = syscall.Close(fd)
	}
	err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	if err == nil {
		err = syscall.Listen(fd, 0)
	}
	name, nameErr := syscall.Getsockname(fd)
	if err = errors.Join(err, nameErr); err != nil {
		end()
		return "", nil, err
	}
	addr = fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port)
	for range 16 {
		conn, err := net.DialTimeout("tcp", addr, 100*time.Millisecond)
		if err != nil {
			return addr, end, nil
		}
		conns = append(conns, conn)
	}
	end()
	return "", nil, errors.New("this system's queue of connections does not fill")
}
