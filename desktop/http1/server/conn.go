package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// What a connection is doing.
const (
	fresh  int32 = iota // nothing has come yet
	active              // a request is being read or answered
	idle                // between requests
)

// conn is a connection. One goroutine serves it; what others touch is atomic or guarded by mu.
type conn struct {
	s     *Server
	nc    net.Conn
	since time.Time // it was accepted
	state atomic.Int32

	in   *input // nil while nothing is buffered
	r, w int    // what is buffered and was not taken

	remote   string
	given    http.Header // of the request, used again
	answered http.Header // of the answer, used again

	began bool      // a request was read: between two, IdleTimeout counts
	read  time.Time // the deadline of reading; zero: none
	write deadline

	watcher watcher
}

// input is room to read into. It grows as far as a head may.
type input struct{ b []byte }

const inputSize = 4 << 10

var inputs = sync.Pool{New: func() any { return &input{make([]byte, inputSize)} }}

// serve serves requests as long as there are any.
func (c *conn) serve() {
	var q *call
	taken := false
	defer func() {
		if v := recover(); v != nil && v != http.ErrAbortHandler {
			c.s.logf("http: panic serving %s: %v\n%s", c.remote, v, debug.Stack())
		}
		if q != nil {
			taken = q.abandon() || taken
		}
		c.watcher.end()
		c.s.remove(c)
		if !taken {
			_ = c.nc.Close()
		}
	}()
	c.remote = c.nc.RemoteAddr().String()
	for {
		size, err := c.head()
		if err != nil {
			c.refuse(err)
			return
		}
		q = &call{c: c, length: -1}
		if err = c.open(q, size); err == errElsewhere {
			q, taken = nil, true
			c.handOver()
			return
		} else if err != nil {
			q = nil
			c.refuse(err)
			return
		}
		c.armWatch(q)
		c.s.Inner.Handler.ServeHTTP(q, q.req)
		again := q.finish()
		if q.hijacked {
			taken = true
			return
		}
		if !again {
			if q.body.left > 0 {
				c.linger()
			}
			return
		}
		q = nil
		c.state.Store(idle)
		if c.s.ending.Load() {
			return
		}
	}
}

// open makes the request whose head has come, of so many bytes.
func (c *conn) open(q *call, size int) error {
	c.given, c.answered = emptied(c.given), emptied(c.answered)
	r := &http.Request{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: c.given, Body: http.NoBody, RemoteAddr: c.remote}
	text := string(c.in.b[c.r : c.r+size]) // every name and value is a part of it
	if err := q.parse(text, r); err != nil {
		return err
	}
	c.r += size
	q.ctx.q, q.body.q = q, q
	r.URL = &q.url
	if r.ContentLength > 0 {
		r.Body = &q.body
	}
	q.head, q.header = r.Method == http.MethodHead, c.answered
	q.req = r.WithContext(&q.ctx)
	c.write.begin()
	return nil
}

// emptied is the map without what is in it, or a new one.
func emptied(h http.Header) http.Header {
	if h == nil || len(h) > 64 {
		return make(http.Header, 8)
	}
	clear(h)
	return h
}

var errTooLarge = &refusal{http.StatusRequestHeaderFieldsTooLarge, "the head is too large"}

// head waits for a head and gives its size. It is then in what is buffered.
func (c *conn) head() (size int, err error) {
	limit := c.s.Inner.MaxHeaderBytes
	if limit <= 0 {
		limit = http.DefaultMaxHeaderBytes
	}
	if !c.began { // net/http gives the first head this long, all in all
		c.readUntil(c.s.Inner.ReadHeaderTimeout)
	} else if c.r == c.w {
		c.readUntil(c.s.Inner.IdleTimeout)
	}
	if c.in != nil && len(c.in.b) > inputSize {
		c.release() // one large head is no reason to hold its room
	}
	timed := !c.began
	for seen, line := 0, 0; ; {
		for b := c.buffered(); seen < len(b); seen++ {
			if b[seen] != '\n' {
				continue
			}
			if seen == 0 || b[seen-1] != '\r' {
				return 0, bad("a line ends without CR")
			}
			if seen == line+1 {
				c.began = true
				c.state.Store(active)
				return seen + 1, nil
			}
			line = seen + 1
		}
		if c.w-c.r >= limit {
			return 0, errTooLarge
		}
		if c.w > c.r && !timed {
			timed = true
			c.readUntil(c.s.Inner.ReadHeaderTimeout)
		}
		if err := c.fill(); err != nil {
			return 0, err
		}
		c.state.Store(active)
	}
}

func (c *conn) buffered() []byte {
	if c.in == nil {
		return nil
	}
	return c.in.b[c.r:c.w]
}

// fill reads more behind what is buffered.
func (c *conn) fill() error {
	c.room()
	n, err := c.nc.Read(c.in.b[c.w:])
	c.w += n
	if n > 0 {
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}

// room makes some behind what is buffered.
func (c *conn) room() {
	switch {
	case c.in == nil:
		c.in, c.r, c.w = inputs.Get().(*input), 0, 0
	case c.r == c.w:
		c.r, c.w = 0, 0
	}
	if c.w < len(c.in.b) {
		return
	}
	b := c.in.b
	if c.r < len(b)/2 {
		b = make([]byte, 2*len(b))
	}
	c.w = copy(b, c.in.b[c.r:c.w])
	c.in.b, c.r = b, 0
}

// release gives the buffer back if nothing is in it.
func (c *conn) release() {
	if c.in != nil && c.r == c.w {
		if len(c.in.b) == inputSize {
			inputs.Put(c.in)
		}
		c.in = nil
	}
}

// near is by how much a deadline may be missed that is far away: setting one costs a call of the
// system's timers under a lock.
const (
	near = time.Second
	far  = 30 * time.Second
)

// readUntil bounds reading by so long from now; 0: it is not bounded.
func (c *conn) readUntil(wait time.Duration) {
	if wait <= 0 {
		c.readBy(time.Time{})
		return
	}
	next := time.Now().Add(wait)
	if later := next.Sub(c.read); wait > far && later >= 0 && later < near {
		return
	}
	c.readBy(next)
}

// readBy sets the deadline of reading.
func (c *conn) readBy(t time.Time) {
	if !c.read.Equal(t) {
		c.read = t
		_ = c.nc.SetReadDeadline(t) // reading says what is wrong
	}
}

// deadline is that of writing, which handlers set often and nearly alike.
type deadline struct {
	mu   sync.Mutex
	at   time.Time // zero: none
	used bool      // the handler has set it
}

// begin begins a request.
func (d *deadline) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used = false
}

// set sets it on the connection if it is not near enough.
func (d *deadline) set(c net.Conn, t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used = true
	if later := t.Sub(d.at); !d.at.IsZero() && later >= 0 && later < near && time.Until(d.at) > far {
		return nil
	}
	d.at = t
	return c.SetWriteDeadline(t)
}

// ready takes away what an earlier request has left.
func (d *deadline) ready(c net.Conn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.used && !d.at.IsZero() {
		d.at = time.Time{}
		_ = c.SetWriteDeadline(d.at)
	}
}

// handOver gives the connection to the inner server, with what is buffered.
func (c *conn) handOver() {
	_ = c.nc.SetDeadline(time.Time{})
	rest := append([]byte(nil), c.buffered()...)
	c.r = c.w
	c.release()
	c.s.remove(c)
	c.s.handed.give(&replayed{c.nc, rest})
}

// refuse answers what is no request, and ends the connection. An error of reading is not answered.
func (c *conn) refuse(err error) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return
	}
	_ = c.nc.SetWriteDeadline(time.Now().Add(time.Second))
	text := statusLine(r.status)
	_, _ = io.WriteString(c.nc, text+"Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n"+text[len("HTTP/1.1 "):len(text)-2]+": "+r.why+"\n")
	c.linger()
}

// lingering is how long what a caller still sends is read after the answer: a connection that is
// closed before all was read may take the answer with it (RFC 9112, section 9.6).
const lingering = 500 * time.Millisecond

// linger ends what is sent, and reads on for a while.
func (c *conn) linger() {
	if closeWrite(c.nc) != nil {
		return
	}
	_ = c.nc.SetReadDeadline(time.Now().Add(lingering))
	c.r = c.w
	for c.fill() == nil {
		c.r = c.w
	}
}
