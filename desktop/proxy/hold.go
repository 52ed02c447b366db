package proxy

import (
	"context"
	"errors"
	"io"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/desktop/http1"
)

// held is an attempt on a connection that waited for one. The goroutine of the carrier waits for its
// answer itself, as only one thing is to be waited for at a time: what else may happen meanwhile
// interrupts the wait. That spares a goroutine, its channel, and a context for each attempt.
type held struct {
	line   atomic.Pointer[http1.Line] // nil where there is none
	n      attempt
	status int // of its answer; 0 before
	header []http1.Field
	begun  bool // its body
	left   int  // how much of the answer is read
	err    error
	room   *room // with what the exchange works on
}

// clear lets go of what the exchange has worked on.
func (h *held) clear() {
	if h.room != nil {
		rooms.Put(h.room)
		h.room = nil
	}
}

// hold sends the attempt on a connection that waits; false if there is none.
func (c *carrier) hold(cmd *exchange.Send, header []http1.Field) bool {
	to := c.s.places.find(c.p, cmd)
	if to == nil {
		return false
	}
	content := contents.Get().(*[]byte)
	*content = cmd.AppendContent((*content)[:0])
	line, err := c.p.lines.first.Begin(to, header, *content, c.until())
	if line == nil || err != nil {
		cmd.Body = *content // which is sent otherwise, or told what is wrong with its header
		return false
	}
	contents.Put(content)
	c.held.n = attempt{n: cmd.Attempt}
	c.held.n.conn.made.Store(true)
	c.held.status, c.held.begun, c.held.left, c.held.err = 0, false, 1<<62, nil
	c.held.line.Store(line)
	c.departs(cmd.Attempt, cmd.Endpoint, &c.held.n.conn)
	return true
}

// contents is room for bodies to send; Begin has copied them when it is back, and takes no long ones.
var contents = sync.Pool{New: func() any { return new([]byte) }}

// let ends the held attempt, if there is one, and its connection unless its answer has ended.
func (c *carrier) let() {
	if line := c.held.line.Swap(nil); line != nil {
		line.Close()
		c.p.upstream.Done()
	}
}

// leave lets the held attempt run out behind the exchange's back.
func (c *carrier) leave() {
	line := c.held.line.Load()
	if line == nil || c.held.err != nil {
		c.let()
		return
	}
	c.held.line.Store(nil)
	line.Until(time.Time{})
	p, a := c.p, attempt{cancel: line.Interrupt}
	go func() {
		defer p.upstream.Done()
		defer line.Close()
		a.drain(line)
	}()
}

// watchAfter is how long an exchange goes on before its caller is watched, which costs more than
// carrying a short one: until then nobody could do much with the knowledge that he has left.
const watchAfter = 20 * time.Millisecond

// until is when a wait has to end at the latest.
func (c *carrier) until() time.Time {
	if c.unwatch != nil {
		return c.wake
	}
	if watch := c.began.Add(watchAfter); c.wake.IsZero() || watch.Before(c.wake) {
		return watch
	}
	return c.wake
}

// watch has the wait for a held attempt ended when the caller leaves.
func (c *carrier) watch() {
	c.unwatch = context.AfterFunc(c.r.Context(), func() { c.call(callLeft) })
}

// hear waits for what happens next while an attempt is held; nil if it is held no longer.
func (c *carrier) hear(line *http1.Line) exchange.Event {
	for {
		if ev := c.called(); ev != nil {
			return ev
		}
		line.Until(c.until())
		ev, err := c.listen(line)
		if err == nil {
			return ev
		}
		now := time.Now()
		if c.unwatch == nil && now.Sub(c.began) >= watchAfter {
			c.watch()
		}
		if c.wake.IsZero() || now.Before(c.wake) {
			continue
		}
		if !c.looked.Equal(c.wake) { // what has come is heard first: that this machine is busy is nobody's silence
			c.looked = c.wake
			line.Until(now.Add(lastLook))
			if ev, err := c.listen(line); err == nil {
				return ev
			}
		}
		c.wake = time.Time{}
		return exchange.Woke{}
	}
}

// lastLook is how long it takes to see that nothing has come.
const lastLook = time.Millisecond

// listen gives what comes next on the line. The error is that of a wait that was ended.
func (c *carrier) listen(line *http1.Line) (exchange.Event, error) {
	h := &c.held
	h.clear()
	if h.status == 0 {
		return c.listenHead(line)
	}
	if !h.begun {
		if ev, ok := c.begin(line); !ok {
			return ev, nil
		}
	}
	if h.err == nil {
		if err := line.Ready(); err != nil {
			return nil, err
		}
		h.room = rooms.Get().(*room)
		var n int
		n, h.err = line.Read(h.room[:min(len(h.room), h.left)])
		if errors.Is(h.err, os.ErrDeadlineExceeded) {
			err := h.err
			if h.err = nil; n == 0 {
				return nil, err
			}
		}
		if h.left -= n; h.left == 0 && h.err == nil {
			h.err = io.EOF // as much of an error as is read
		}
		if n > 0 {
			c.piece = exchange.Data{Attempt: h.n.n, Bytes: h.room[:n]}
			return &c.piece, nil
		}
	}
	err := h.err
	c.let()
	return h.n.ended(err), nil
}

func (c *carrier) listenHead(line *http1.Line) (exchange.Event, error) {
	h := &c.held
	status, header, err := line.Head()
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, err
	case err != nil:
		c.let()
		return h.n.failed(err, "no answer"), nil
	}
	h.status, h.header = status, header
	get := func(name string) string { return http1.Get(header, name) }
	c.p.limits.note(c.endpoint.Load().Provider, get)
	return exchange.Headers{Attempt: h.n.n, Status: status, Header: get}, nil
}

// begin looks how the body is to be read; false if that is not to go on here, with the event that
// comes of it, if one does.
func (c *carrier) begin(line *http1.Line) (ev exchange.Event, ok bool) {
	h := &c.held
	h.begun = true
	if h.status < 200 { // another protocol
		c.let()
		return exchange.Ended{Attempt: h.n.n}, false
	}
	answer, err := decoded(line, http1.All(h.header, "content-encoding"))
	if err != nil {
		c.let()
		return h.n.ended(err), false
	}
	if h.status > 299 {
		h.left = maxError
	}
	if answer == io.Reader(line) {
		return nil, true
	}
	c.pumpApart(line, io.LimitReader(answer, int64(h.left)))
	return nil, false
}

// pumpApart has an answer read that cannot be waited for piece by piece.
func (c *carrier) pumpApart(line *http1.Line, answer io.Reader) {
	c.held.line.Store(nil)
	line.Until(time.Time{})
	a := c.apart(c.held.n.n)
	a.conn.made.Store(true)
	a.cancel = line.Interrupt
	c.over = a.cancel
	p := c.p
	go func() {
		defer p.upstream.Done()
		defer line.Close()
		a.pump(answer)
	}()
}

// What others may call an exchange for while it waits.
const (
	callLeft uint32 = 1 << iota
	callClosing
	callCancelled
)

// call tells an exchange that something has happened, and ends its wait if it holds an attempt. Any
// goroutine may.
func (c *carrier) call(what uint32) {
	c.calls.Or(what)
	if line := c.held.line.Load(); line != nil {
		line.Interrupt()
	}
}

// called is what it has been called for, each once.
func (c *carrier) called() exchange.Event {
	calls := c.calls.Load()
	if calls&callCancelled != 0 {
		c.calls.And(^callCancelled)
		return exchange.Closing{Cancelled: true}
	}
	if calls&callLeft != 0 {
		if c.calls.And(^callLeft); !c.left {
			c.left = true
			return exchange.Left{}
		}
	}
	if calls&callClosing != 0 {
		if c.calls.And(^callClosing); c.closing != nil {
			c.closing = nil
			return exchange.Closing{}
		}
	}
	return nil
}

// places are the addresses that attempts are sent to, each looked at once.
type places struct {
	of sync.Map // place → *target
	n  atomic.Int32
}

type place struct {
	endpoint *catalog.Endpoint
	path     string
}

// mostPlaces is how many are kept: there are as many as endpoints, but for paths that callers could
// make up.
const mostPlaces = 10_000

// find gives the target of an attempt; nil where http1 is not to be used.
func (ps *places) find(p *Proxy, cmd *exchange.Send) *http1.Target {
	key := place{cmd.Endpoint, cmd.Path}
	v, ok := ps.of.Load(key)
	if !ok {
		v = p.lines.look(cmd.URL())
		if ps.n.Load() < mostPlaces {
			ps.n.Add(1)
			ps.of.Store(key, v)
		}
	}
	if known := v.(*target); known.to != nil && p.lines.waits(known.url) {
		return known.to
	}
	return nil
}

// target is an address; to is nil where it is none of http1's.
type target struct {
	url *url.URL
	to  *http1.Target
}
