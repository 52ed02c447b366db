package server

import (
	"bufio"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// call is one request and, as an http.ResponseWriter, its answer. Every request has its own, but for the
// maps of headers, which are the next one's when the handler has returned.
type call struct {
	c   *conn
	req *http.Request

	ctx    callContext
	url    url.URL
	values [16]string // of the request's headers
	used   int
	body   body
	header http.Header // of the answer

	head     bool  // the request asks for the head alone
	status   int   // 0: not decided
	length   int64 // that the handler has announced; -1: none
	written  int64
	sent     bool // the head is
	chunked  bool
	closing  bool // the connection ends with the answer
	hijacked bool
	over     atomic.Bool // the handler has returned
	err      error

	said said
	out  *output // nil: nothing waits
}

// said is what the handler's headers say that the server has a say in.
type said struct {
	coding     string // Transfer-Encoding
	connection []string
	typed      bool // there is a Content-Type, or it is not to be guessed
}

// output is what waits to be sent: the head, or as much of it as is known, and the body.
type output struct{ head, body []byte }

// maxHeld is how much of a body waits for its end, or for Flush.
const maxHeld = 16 << 10

var outputs = sync.Pool{New: func() any { return &output{make([]byte, 0, 1<<10), make([]byte, 0, 2<<10)} }}

// room is where what waits is kept.
func (q *call) room() *output {
	if q.out == nil {
		q.out = outputs.Get().(*output)
	}
	return q.out
}

// drop forgets what waits.
func (q *call) drop() {
	if o := q.out; o != nil {
		q.out = nil
		if cap(o.head) <= maxHeld && cap(o.body) <= 2*maxHeld {
			o.head, o.body = o.head[:0], o.body[:0]
			outputs.Put(o)
		}
	}
}

// Header implements http.ResponseWriter.
func (q *call) Header() http.Header { return q.header }

// WriteHeader implements http.ResponseWriter. The headers of then are those of the answer.
func (q *call) WriteHeader(status int) {
	switch {
	case q.hijacked:
		return
	case q.status != 0:
		q.c.s.logf("http: WriteHeader was called a second time, for %s %s", q.req.Method, q.url.Path)
		return
	case status < 100 || status > 999:
		panic("invalid WriteHeader code " + strconv.Itoa(status))
	}
	o := q.room()
	o.head = append(o.head, statusLine(status)...)
	if status < 200 && status != http.StatusSwitchingProtocols {
		o.head = append(q.appendFields(o.head), "\r\n"...)
		q.note(q.put(o.head, nil, nil))
		q.drop()
		q.said, q.length = said{}, -1
		return
	}
	q.status = status
	o.head = q.appendOwn(o.head)
}

// Write implements http.ResponseWriter.
func (q *call) Write(p []byte) (int, error) {
	if q.hijacked || q.over.Load() {
		return 0, http.ErrHijacked
	}
	if q.status == 0 {
		q.WriteHeader(http.StatusOK)
	}
	if len(p) == 0 || q.err != nil {
		return 0, q.err
	}
	if !allowed(q.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if q.written += int64(len(p)); q.length >= 0 && q.written > q.length {
		return 0, http.ErrContentLength
	}
	if q.head {
		if o := q.room(); len(o.body) < sniffed {
			o.body = append(o.body, p[:min(len(p), sniffed)]...)
		}
		return len(p), nil
	}
	if o := q.room(); len(o.body)+len(p) <= maxHeld {
		o.body = append(o.body, p...)
		return len(p), nil
	}
	if err := q.send(p, false); err != nil {
		return 0, err
	}
	return len(p), nil
}

// WriteString is Write for io.WriteString.
func (q *call) WriteString(s string) (int, error) { return q.Write([]byte(s)) }

// Flush implements http.Flusher.
func (q *call) Flush() { _ = q.FlushError() }

// FlushError sends what was written, in one write. Package http calls it for Flush.
func (q *call) FlushError() error {
	if q.hijacked || q.over.Load() {
		return http.ErrHijacked
	}
	if q.status == 0 {
		q.WriteHeader(http.StatusOK)
	}
	return q.send(nil, false)
}

// SetReadDeadline bounds how long the request's body is waited for.
func (q *call) SetReadDeadline(t time.Time) error {
	q.body.bound(t)
	return nil
}

// SetWriteDeadline bounds how long writing the answer may take. Behind the handler the connection is
// another request's.
func (q *call) SetWriteDeadline(t time.Time) error {
	if q.over.Load() {
		return net.ErrClosed
	}
	return q.c.write.set(q.c.nc, t)
}

// Hijack implements http.Hijacker. What was written is sent.
func (q *call) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if q.hijacked || q.over.Load() {
		return nil, nil, http.ErrHijacked
	}
	c := q.c
	if q.status != 0 {
		if err := q.send(nil, false); err != nil {
			return nil, nil, err
		}
	}
	c.disarmWatch()
	q.hijacked = true
	if err := c.nc.SetDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	rest := append([]byte(nil), c.buffered()...)
	c.s.remove(c)
	return c.nc, bufio.NewReadWriter(bufio.NewReader(&replayed{c.nc, rest}), bufio.NewWriter(c.nc)), nil
}

// finish ends the answer after the handler. True if the connection can be used again.
func (q *call) finish() bool {
	q.over.Store(true)
	if q.hijacked {
		q.ctx.cancel()
		return false
	}
	if q.status == 0 {
		q.WriteHeader(http.StatusOK)
	}
	_ = q.send(nil, true) // the error is kept
	q.c.disarmWatch()
	q.ctx.cancel()
	if form := q.req.MultipartForm; form != nil {
		_ = form.RemoveAll() // files of the handler's, which are in the system's folder for such
	}
	read := q.body.drain()
	cut := q.length >= 0 && !q.head && allowed(q.status) && q.written != q.length
	return read && !q.closing && !cut && q.err == nil
}

// abandon ends what a handler has not ended that panicked; true if the connection is somebody else's.
func (q *call) abandon() bool {
	q.over.Store(true)
	q.drop()
	if !q.hijacked {
		q.c.disarmWatch()
	}
	q.ctx.cancel()
	return q.hijacked
}

// note keeps the first error of writing. The caller has left then.
func (q *call) note(err error) {
	if err != nil && q.err == nil {
		q.err = err
		q.ctx.cancel()
	}
}
