package http1

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
)

// Quick is c, of which reads and writes cost less if it is one of TCP. Package net tells the scheduler
// of every call of the system's, as it may block; that wakes the scheduler's watch whenever all had been
// at rest, as between two events of a stream, and the watch then costs more than the call. A socket of
// Go's never blocks.
func Quick(c net.Conn) net.Conn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return c // a closed one, which the next use tells
	}
	q := &quick{TCPConn: tcp, raw: raw}
	q.in.call, q.out.call = q.in.read, q.out.write
	return q
}

// quick is a connection of TCP.
type quick struct {
	*net.TCPConn
	raw     syscall.RawConn
	in, out way
}

// way is one of the two that a connection has, and what goes on there.
type way struct {
	mu   sync.Mutex // guards the rest
	p    []byte
	n    int // how much of it is done
	err  error
	call func(fd uintptr) bool // false: it is to be waited
}

// mostAtOnce bounds what is written in one call, during which the scheduler cannot have the thread.
const mostAtOnce = 64 << 10

func (w *way) read(fd uintptr) bool {
	for {
		n, err := quickRead(fd, w.p[:min(len(w.p), mostAtOnce)])
		switch err {
		case nil:
			w.n = n
			return true
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			w.err = err
			return true
		}
	}
}

func (w *way) write(fd uintptr) bool {
	for w.n < len(w.p) {
		n, err := quickWrite(fd, w.p[w.n:min(len(w.p), w.n+mostAtOnce)])
		switch err {
		case nil:
			w.n += n
		case syscall.EINTR:
		case syscall.EAGAIN:
			return false
		default:
			w.err = err
			return true
		}
	}
	return true
}

// do carries one read or write out, through what waits for it.
func (w *way) do(wait func(func(fd uintptr) bool) error, p []byte) (n int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.p, w.n, w.err = p, 0, nil
	err = wait(w.call)
	w.p = nil
	if failed, ok := err.(*net.OpError); ok {
		err = failed.Err
	}
	if err == nil {
		err = w.err
	}
	return w.n, err
}

// Read implements net.Conn.
func (q *quick) Read(p []byte) (n int, err error) {
	if len(p) == 0 {
		return q.TCPConn.Read(p)
	}
	if n, err = q.in.do(q.raw.Read, p); err != nil {
		return n, q.failed("read", err)
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Write implements net.Conn.
func (q *quick) Write(p []byte) (n int, err error) {
	if n, err = q.out.do(q.raw.Write, p); err != nil {
		return n, q.failed("write", err)
	}
	return n, nil
}

// failed is an error as package net has it.
func (q *quick) failed(op string, err error) error {
	if no, ok := err.(syscall.Errno); ok {
		err = os.NewSyscallError(op, no)
	}
	return &net.OpError{Op: op, Net: "tcp", Source: q.LocalAddr(), Addr: q.RemoteAddr(), Err: err}
}
