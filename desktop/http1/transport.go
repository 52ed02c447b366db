// Package http1 is the client side of HTTP/1.1 (RFC 9112) for a host that sends many small
// requests: a connection has no goroutine of its own, a request leaves in one write, and an
// answer is read by whoever wants it. It refuses every answer whose end two readers could see in
// two places. Other versions of HTTP are net/http's.
package http1

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// Transport is an http.RoundTripper for requests whose body has a known length. Set its fields
// before its first use; it is safe for concurrent use. It never sends a request twice.
type Transport struct {
	// Dial connects to a host and port, and shakes hands if secure. The connection speaks HTTP/1.1.
	Dial func(ctx context.Context, secure bool, addr string) (net.Conn, error)
	// MaxHead is how many bytes the head of an answer may have; 0 means 256 KiB.
	MaxHead int
	// MaxIdle is how many connections are kept for later, MaxIdlePerHost of one host;
	// 0 means 512 and 128.
	MaxIdle, MaxIdlePerHost int
	// IdleTimeout is how long they are kept; 0 means 60 s.
	IdleTimeout time.Duration

	idle pool
}

// ErrMalformed is wrapped by the error of an answer that is not one of HTTP/1.1, or that could be
// read in more than one way.
var ErrMalformed = errors.New("malformed HTTP answer")

// RoundTrip sends a request and gives the answer as soon as its head is there. The body is to be
// read by one goroutine, to its end or until it is closed; the end of the request's context ends
// the connection at any time. Errors are those of the connection, io.EOF if it was closed before an
// answer, io.ErrUnexpectedEOF if in it, the cause of the context's end, or wrap ErrMalformed.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	c, err := t.connectFor(ctx, req)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	x := &exchange{t: t, c: c, ctx: ctx, stop: context.AfterFunc(ctx, c.abort)}
	if err := x.make(req); err != nil {
		err = x.why(err)
		x.end(false)
		return nil, err
	}
	return &x.resp, nil
}

// connectFor gives a connection for a request: one that is left over, or a new one.
func (t *Transport) connectFor(ctx context.Context, req *http.Request) (*conn, error) {
	if err := sendable(req); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	o := originOf(req.URL)
	c := t.idle.take(o, time.Time{})
	reused := c != nil
	if !reused {
		nc, err := t.Dial(ctx, o.secure, o.addr)
		if err != nil {
			if ctx.Err() != nil { // which a dialer tells of without the cause
				err = context.Cause(ctx)
			}
			return nil, err
		}
		c = &conn{Conn: Quick(nc), origin: o}
	}
	if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{Conn: c.Conn, Reused: reused})
	}
	return c, nil
}

// CloseIdleConnections closes the connections that are kept for later.
func (t *Transport) CloseIdleConnections() { t.idle.clear() }

// exchange is one request and its answer on a connection, which it has for itself until its end.
type exchange struct {
	t    *Transport
	ctx  context.Context // nil for a Line, whose waits end otherwise
	stop func() bool     // keeps the end of ctx from ending the connection
	sent chan error      // of a request that is sent apart; nil: all is sent
	resp http.Response
	body body

	mu sync.Mutex // guards the end of c against Line.Interrupt
	c  *conn      // nil at the end
}

// make sends the request and reads the head of the answer.
func (x *exchange) make(req *http.Request) error {
	failed := x.send(req)
	if errors.Is(failed, errShort) {
		return failed
	}
	x.body.in.begin(x.c)
	var h head
	if err := h.read(&x.body.in, orElse(x.t.MaxHead, 256<<10)); err != nil {
		if failed != nil { // a server may answer and close before it has read everything
			return failed
		}
		return err
	}
	x.answer(req.Method, &h, failed == nil)
	x.resp = http.Response{
		Status: h.reason, StatusCode: h.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: h.minor,
		Header: h.header(), Body: &x.body, ContentLength: x.body.left, Request: req,
	}
	return nil
}

// answer begins the body of an answer with that head. One without a body is at its end.
func (x *exchange) answer(method string, h *head, sent bool) {
	b := &x.body
	b.x, b.left, b.clean = x, h.length, sent && h.keep
	if h.chunked {
		b.next = size
	}
	switch {
	case h.status == http.StatusSwitchingProtocols:
		b.clean = false
		fallthrough
	case method == http.MethodHead, h.status == http.StatusNoContent, h.status == http.StatusNotModified:
		b.next, b.left = plain, 0
	}
	if b.next == plain && b.left == 0 {
		b.finish(io.EOF)
	}
}

// why is the error of an exchange whose connection failed with err.
func (x *exchange) why(err error) error {
	if x.ctx != nil && x.ctx.Err() != nil {
		return context.Cause(x.ctx)
	}
	return err
}

// end gives the connection back if it is clean, and closes it otherwise. It may come twice.
func (x *exchange) end(clean bool) {
	x.mu.Lock()
	c := x.c
	x.c = nil
	x.mu.Unlock()
	if c == nil {
		return
	}
	x.body.in.end()
	if going := x.stop == nil || x.stop(); !going || !clean || !x.allSent() {
		_ = c.Close() // nothing is wanted of it any more
		return
	}
	t := x.t
	t.idle.put(c, limits{orElse(t.MaxIdle, 512), orElse(t.MaxIdlePerHost, 128), orElse(t.IdleTimeout, time.Minute)})
}

func orElse[T int | time.Duration](n, otherwise T) T {
	if n > 0 {
		return n
	}
	return otherwise
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrMalformed}, args...)...)
}
