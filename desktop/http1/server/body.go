package server

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// The bounds of what is read of a body that the handler has not read: so much, and for so long
// where the handler has set no deadline.
const (
	maxUnread  = 256 << 10
	unreadTime = 5 * time.Second
)

// body is the body of a request, of a known length.
type body struct {
	q *call

	mu     sync.Mutex // of reading: one who goes on behind the handler gets an error
	left   int64
	err    error
	closed bool

	by    sync.Mutex
	until time.Time // the deadline that the handler has set; zero: none
	reads bool      // somebody waits
}

// Read gives what is there, and waits only if nothing is. The last bytes come with io.EOF.
func (b *body) Read(p []byte) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.closed:
		return 0, http.ErrBodyReadAfterClose
	case b.left == 0:
		return 0, io.EOF
	case b.err != nil || len(p) == 0:
		return 0, b.err
	}
	n, err = b.take(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		b.q.c.armWatch(b.q)
		return n, io.EOF
	case err == io.EOF:
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		b.err = err
		if !timeout(err) {
			b.q.ctx.cancel()
		}
	}
	return n, err
}

// take takes what is buffered, or reads past the buffer.
func (b *body) take(p []byte) (int, error) {
	c := b.q.c
	if c.r < c.w {
		n := copy(p, c.in.b[c.r:c.w])
		c.r += n
		return n, nil
	}
	b.by.Lock()
	c.readBy(b.until)
	b.reads = true
	b.by.Unlock()
	n, err := c.nc.Read(p)
	b.by.Lock()
	b.reads = false
	b.by.Unlock()
	return n, err
}

// timeout reports whether the error is that of a deadline.
func timeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// bound sets the deadline of reading, at once if somebody waits.
func (b *body) bound(t time.Time) {
	b.by.Lock()
	defer b.by.Unlock()
	b.until = t
	if b.reads {
		b.q.c.readBy(t)
	}
}

// Close gives the rest up. What it was, is read after the answer.
func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// drain reads what is left, if that is not too much; true if nothing is left.
func (b *body) drain() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	if b.left == 0 {
		return true
	}
	if b.left > maxUnread || b.err != nil {
		return false
	}
	if b.until.IsZero() {
		b.until = time.Now().Add(unreadTime)
	}
	room := inputs.Get().(*input)
	defer inputs.Put(room)
	for b.left > 0 {
		n, err := b.take(room.b[:min(int64(len(room.b)), b.left)])
		if b.left -= int64(n); err != nil {
			b.err = err
			return b.left == 0
		}
	}
	return true
}
