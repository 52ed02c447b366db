//go:build unix

package http1

import (
	"crypto/tls"
	"syscall"
)

// sight is how one looks at a connection: kept, as making it takes longer than looking.
type sight struct {
	raw   syscall.RawConn
	look  func(fd uintptr) bool
	still bool
}

// silent reports whether nothing has come on a connection that waits: no bytes, which would be of
// nobody's answer, and no end. Nothing is taken from it, and nothing waited for.
func silent(c *conn) bool {
	if c.raw == nil && !c.open() {
		return true
	}
	c.still = false
	err := c.raw.Read(c.look)
	return err == nil && c.still
}

// open is false for a connection that has nothing to look at.
func (c *conn) open() bool {
	nc := c.Conn
	if secure, ok := nc.(*tls.Conn); ok {
		nc = secure.NetConn()
	}
	sc, ok := nc.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false // of a closed one, which the next use tells
	}
	c.raw = raw
	var one [1]byte
	c.look = func(fd uintptr) bool {
		_, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		c.still = err == syscall.EAGAIN || err == syscall.EWOULDBLOCK
		return true
	}
	return true
}
