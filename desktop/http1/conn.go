package http1

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// conn is a connection.
type conn struct {
	net.Conn
	origin origin
	since  time.Time // idle since then
	timed  bool      // it has a deadline

	sight // at it while it waits
}

// limit sets the deadline of all that is done with the connection; zero is none.
func (c *conn) limit(until time.Time) {
	if c.timed || !until.IsZero() {
		_ = c.SetDeadline(until) // fails on a closed one, as what comes next does
		c.timed = !until.IsZero()
	}
}

// rests reports whether nothing has come on a connection that waits, which gets that deadline.
func (c *conn) rests(until time.Time) bool {
	if !c.emptied() {
		return false
	}
	c.limit(until)
	return silent(c)
}

// emptied reports whether TLS holds nothing of what has come: an answer may end in the middle of a
// record, or others follow it in the same packet.
func (c *conn) emptied() bool {
	secure, ok := c.Conn.(*tls.Conn)
	if !ok {
		return true
	}
	c.timed = true
	_ = secure.SetReadDeadline(time.Unix(1, 0)) // so that nothing is waited for
	var one [1]byte
	n, err := secure.Read(one[:])
	return n == 0 && errors.Is(err, os.ErrDeadlineExceeded)
}

// abort ends the connection at once, whoever reads or writes.
func (c *conn) abort() { _ = c.Close() }

// readSize is how many bytes are read ahead.
const readSize = 8 << 10

var incoming = sync.Pool{New: func() any { return new([readSize]byte) }}

// reader reads ahead; buf[r:w] is what it has read and nobody has taken. Errors are those of the
// connection.
type reader struct {
	from io.Reader
	room *[readSize]byte
	buf  []byte
	r, w int
	any  bool // something has come
}

func (in *reader) begin(from io.Reader) {
	in.from, in.room = from, incoming.Get().(*[readSize]byte)
	in.buf = in.room[:]
}

// end lets go of the room; nothing is read any more. What was read and not taken stays counted.
func (in *reader) end() {
	if in.room != nil {
		incoming.Put(in.room)
		in.from, in.room, in.buf = nil, nil, nil
	}
}

func (in *reader) buffered() []byte { return in.buf[in.r:in.w] }

// more reads on, behind what is there, once; there is always room.
func (in *reader) more() error {
	switch {
	case in.r == in.w:
		in.r, in.w = 0, 0
	case in.w == len(in.buf) && in.r > 0:
		in.w = copy(in.buf, in.buf[in.r:in.w])
		in.r = 0
	case in.w == len(in.buf):
		in.buf = append(in.buf, make([]byte, len(in.buf))...)
	}
	n, err := in.from.Read(in.buf[in.w:])
	in.w += n
	in.any = in.any || n > 0
	switch {
	case n > 0:
		return nil // an error comes again
	case err == nil:
		return io.ErrNoProgress
	}
	return err
}

// take gives what is there, or reads once, past the room.
func (in *reader) take(p []byte) (n int, err error) {
	if b := in.buffered(); len(b) > 0 {
		n = copy(p, b)
		in.r += n
		return n, nil
	}
	return in.from.Read(p)
}

// line gives the next line without its end, which is CR LF and nothing else; it is good until the
// next call. If it is not there yet, it is waited for, or else nil.
func (in *reader) line(limit int, wait bool) ([]byte, error) {
	for {
		b := in.buffered()
		i := bytes.IndexByte(b[:min(len(b), limit)], '\n')
		switch {
		case i == 0 || i > 0 && b[i-1] != '\r':
			return nil, malformed("a line ends without CR")
		case i > 0:
			in.r += i + 1
			return b[: i-1 : i-1], nil
		case len(b) >= limit:
			return nil, malformed("a line is longer than %d bytes", limit)
		case !wait:
			return nil, nil
		}
		if err := in.more(); err != nil {
			return nil, whole(err)
		}
	}
}

// head gives the size of the head that comes next, with the empty line that ends it.
func (in *reader) head(limit int) (size int, err error) {
	for seen, begun := 0, 0; ; {
		b := in.buffered()
		for {
			i := bytes.IndexByte(b[seen:], '\n')
			if i < 0 {
				seen = len(b)
				break
			}
			if i += seen; i == 0 || b[i-1] != '\r' {
				return 0, malformed("a line ends without CR")
			}
			if i == begun+1 && i < limit {
				return i + 1, nil
			}
			seen, begun = i+1, i+1
		}
		if len(b) >= limit {
			return 0, malformed("its head is longer than %d bytes", limit)
		}
		if n := min(len(b), len(protocol)); string(b[:n]) != protocol[:n] {
			return 0, malformed("it does not begin with %s", protocol)
		}
		if err := in.more(); err != nil {
			if seen > begun && err == io.EOF {
				return 0, malformed("it ends within a line of its head")
			}
			if in.any {
				err = whole(err)
			}
			return 0, err
		}
	}
}

// protocol is what every answer begins with.
const protocol = "HTTP/1."

// whole is the error of something that is not there as a whole.
func whole(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
