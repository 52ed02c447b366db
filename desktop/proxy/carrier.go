package proxy

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/cache"
	"strowger/desktop/http1"
)

// carrier carries one exchange: one select over what happens, one switch over what to do.
type carrier struct {
	p      *Proxy
	s      *setup
	id     string     // of the decision
	schema llm.Schema // the caller's
	w      http.ResponseWriter
	r      *http.Request
	x      *exchange.Exchange
	out    *http.ResponseController

	events  chan exchange.Event // from attempts apart; unbuffered, and nil until there is one
	found   chan found          // from the cache; unbuffered, and nil when it is not being asked
	lease   *cache.Lease        // while this request is the one that asks
	over    context.CancelFunc  // ends the attempt in flight at once
	done    chan struct{}       // closed when the attempt in flight is not wanted any more
	ended   bool                // it has told its end
	held    held                // an attempt that is carried by this goroutine
	piece   exchange.Data       // that the held attempt tells of
	passed  []byte              // room for what is written on
	fields  [8]http1.Field      // of its request's header, room for them
	calls   atomic.Uint32       // see call
	left    bool                // it is known that the caller has left
	closing <-chan struct{}     // closed when the proxy is; nil once that is known
	began   time.Time
	unwatch func() bool // nil until the caller is watched
	accept  time.Time   // until when the caller may take what is written
	wake    time.Time   // when to tell that it woke; zero for never
	looked  time.Time   // the wake before which it was looked what has come
	timer   *time.Timer // for that; nil until it is needed
	timed   time.Time   // what the timer is set to
	samples []stats.Sample
	said    *said // nil: nothing of it is kept
	report  *exchange.Report
	cut     bool
	gone    bool // the caller cannot be written to
	wrote   bool // something waits to be flushed
	begun   bool // the answer has begun

	pending router.Pending
	flight  // what of it others may see
}

// run carries the exchange to its end. It panics with http.ErrAbortHandler to break off
// an answer that must not look complete.
func (c *carrier) run() {
	c.began = time.Now()
	defer c.rest()
	defer c.crashed()
	c.closing = c.p.closing
	c.start()
	for c.report == nil {
		switch ev := c.next().(type) {
		case nil:
		case *exchange.Data:
			c.pass(ev)
		default:
			c.step(ev)
		}
		if !c.left && (c.gone || c.cancelled.Load()) {
			c.left = true
			c.step(c.leaving())
		}
	}
	c.record()
	c.trace()
	if c.cut {
		c.breakOff()
	}
}

// next waits for what happens next; nil is nothing.
func (c *carrier) next() exchange.Event {
	if line := c.held.line.Load(); line != nil {
		return c.hear(line)
	}
	if ev := c.called(); ev != nil {
		return ev
	}
	var left <-chan struct{}
	if !c.left {
		left = c.r.Context().Done()
	}
	select {
	case ev := <-c.events:
		switch ev.(type) {
		case exchange.Ended, exchange.Failed:
			c.ended = true
		}
		return ev
	case f := <-c.found:
		c.lease, c.found = f.lease, nil
		return f.Cached
	case <-c.alarm():
		c.wake, c.timed = time.Time{}, time.Time{}
		return exchange.Woke{}
	case <-left:
		c.left = true
		return exchange.Left{}
	case <-c.closing:
		c.closing = nil
		return exchange.Closing{}
	}
}

// alarm tells when it is time to wake.
func (c *carrier) alarm() <-chan time.Time {
	switch {
	case c.wake.IsZero():
		return nil
	case c.timer == nil:
		c.timer = time.NewTimer(time.Until(c.wake))
	case !c.timed.Equal(c.wake):
		c.timer.Reset(time.Until(c.wake))
	}
	c.timed = c.wake
	return c.timer.C
}

// rest lets go of what an exchange holds.
func (c *carrier) rest() {
	if c.timer != nil {
		c.timer.Stop()
	}
	if c.unwatch != nil {
		c.unwatch()
	}
	c.held.clear()
	c.lease.Release()
}

// breakOff ends an answer so that nobody takes it for complete. Behind "connection: close",
// which a caller may have asked for, some take the end of the connection for that of the
// answer, undici (Node's fetch) for one: a chunk that is none (RFC 9112, 7.1) is an error to
// all of them.
func (c *carrier) breakOff() {
	if !c.r.ProtoAtLeast(1, 1) || c.r.ProtoMajor != 1 {
		panic(http.ErrAbortHandler)
	}
	conn, buffered, err := c.out.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
	_, _ = buffered.WriteString("x\r\n")
	_ = buffered.Flush() // to a caller that may have left
	_ = conn.Close()
}

// record tells the recorder.
func (c *carrier) record() {
	if c.p.o.Recorder != nil {
		c.told(func() { c.p.o.Recorder.Record(c.report, c.samples, c.said.bodies()) })
	}
}

// trace tells the tracer.
func (c *carrier) trace() {
	if t := c.p.o.Tracer; t != nil {
		c.told(func() { t.Trace(c.report, c.r.Header["Traceparent"]) })
	}
}

// judge tells the recorder of a verdict, if it wants to know.
func (c *carrier) judge(v pool.Verdict) {
	if j, ok := c.p.o.Recorder.(Judge); ok {
		c.told(func() { j.Judge(v) })
	}
}

// told tells the recorder something. What goes wrong there is no reason to break the answer.
func (c *carrier) told(tell func()) {
	defer func() {
		if v := recover(); v != nil {
			c.p.o.Log.Error("a bug: recording panicked", "decision", c.id, "panic", v, "stack", string(debug.Stack()))
		}
	}()
	tell()
}

// crashed makes of a panic, which is a bug of ours, an error for this caller alone:
// nothing goes on behind it, and nothing stays counted as in flight.
func (c *carrier) crashed() {
	c.stop()
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	c.p.o.Log.Error("a bug: an exchange panicked", "panic", v, "stack", string(debug.Stack()))
	if owed, owes := c.p.abandon(c); owes {
		c.settle(owed)
	}
	if c.begun {
		panic(http.ErrAbortHandler)
	}
	writeError(c.w, c.schema, &llm.Error{Code: llm.CodeInternal, Message: "a bug in strowger ended this request; its log says more"})
}

// start begins the exchange: the decision and its effect on the statistics are one step.
func (c *carrier) start() {
	c.do(func() []exchange.Command {
		c.p.mu.Lock()
		defer c.p.mu.Unlock()
		now := time.Now()
		cmds := c.x.Step(now, c.p.state.Started())
		c.p.state.Apply(now, cmds)
		if !finishes(cmds) {
			c.p.flights.begin(c, now)
		}
		return cmds
	}())
}

// slow is how long doing what a step says may take without it mattering.
const slow = 10 * time.Millisecond

// step tells the exchange what happened and does what it says.
func (c *carrier) step(ev exchange.Event) {
	now := time.Now()
	c.obey(c.x.Step(now, ev))
	c.blocked(now)
}

// pass is step for the bytes of an answer, most of which are written on and lead to nothing else.
func (c *carrier) pass(ev *exchange.Data) {
	c.bytes.Add(int64(len(ev.Bytes)))
	now := time.Now()
	out, cmds := c.x.Data(c.passed[:0], now.UnixMicro(), ev.Attempt, ev.Bytes)
	if c.passed = out; len(out) > 0 {
		c.write(now, out)
	}
	c.obey(cmds)
	c.blocked(now)
}

// blocked tells the exchange of a step that took long, as it does while a slow caller is written to:
// the provider was not listened to, and that nothing came was not its silence.
func (c *carrier) blocked(since time.Time) {
	if took := time.Since(since); took > slow {
		c.obey(c.x.Step(time.Now(), exchange.Blocked{For: took}))
	}
}

// obey notes what the commands mean for the statistics and does them.
func (c *carrier) obey(cmds []exchange.Command) {
	for _, cmd := range cmds {
		switch cmd.(type) {
		case exchange.Send, exchange.Answering, exchange.Record, exchange.Remember, exchange.Converse, exchange.Settle, exchange.Finish:
			c.p.apply(c, cmds)
			c.do(cmds)
			return
		}
	}
	c.do(cmds)
}

func (c *carrier) do(cmds []exchange.Command) {
	c.pending.Note(cmds)
	for _, cmd := range cmds {
		switch cmd := cmd.(type) {
		case exchange.Admit:
			c.admit(cmd)
		case exchange.Settle:
			c.settle(cmd)
		case exchange.Lookup:
			c.lookup(cmd)
		case exchange.Keep:
			c.keep(cmd)
		case exchange.Send:
			c.send(cmd)
		case exchange.Wake:
			c.wake = cmd.At
		case exchange.Cancel:
			c.stop()
		case exchange.Reply:
			c.reply(cmd)
		case exchange.Write:
			c.write(time.Now(), cmd.Bytes)
		case exchange.Judge:
			c.judge(cmd.Verdict)
		case exchange.Record:
			c.samples = append(c.samples, cmd.Sample)
		case exchange.Finish:
			c.report, c.cut = cmd.Report, cmd.Cut
			if c.found != nil {
				c.stop()
			}
			c.release()
		}
	}
	c.flush()
}

// stop ends the attempt in flight at once.
func (c *carrier) stop() {
	c.let()
	if c.done != nil {
		c.over()
		close(c.done)
		c.done = nil
	}
}

// release lets the attempt in flight run out by itself, so that its connection can be
// used again, but not for long.
func (c *carrier) release() {
	c.leave()
	if c.done == nil {
		return
	}
	close(c.done)
	c.done = nil
	if !c.ended {
		time.AfterFunc(drainTime, c.over)
	}
}

func (c *carrier) reply(cmd exchange.Reply) {
	h := c.w.Header()
	values := make([]string, len(cmd.Header))
	for i, f := range cmd.Header {
		values[i] = f.Value
		h[canonical(f.Name)] = values[i : i+1 : i+1]
	}
	if h.Get("Content-Type") == "text/event-stream; charset=utf-8" {
		h["X-Accel-Buffering"] = []string{"no"} // proxies in front are not to hold events back
	}
	c.deadline(time.Now())
	c.begun = true
	c.first.Store(max(time.Since(c.at).Microseconds(), 1))
	c.w.WriteHeader(cmd.Status)
	c.wrote = true
}

func (c *carrier) write(now time.Time, b []byte) {
	if c.gone {
		return
	}
	c.deadline(now)
	n, err := c.w.Write(b)
	if c.said != nil {
		c.said.answered(b[:n])
	}
	if err != nil {
		c.gone = true
	}
	c.wrote = true
}

// flush sends what was written; the end of an answer is flushed by the server, but for that of a
// stream whose bodies are looked through before.
func (c *carrier) flush() {
	if !c.wrote || c.gone || c.report != nil && !c.cut && (c.said == nil || !c.stream) {
		return
	}
	c.wrote = false
	if err := c.out.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		c.gone = true
	}
}

// deadline gives the caller WriteTimeout, or up to an eighth less, to take what is written next.
func (c *carrier) deadline(now time.Time) {
	if until := now.Add(c.p.o.WriteTimeout); until.Sub(c.accept) > c.p.o.WriteTimeout/8 {
		c.accept = until
		_ = c.out.SetWriteDeadline(until)
	}
}

func byteSize(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
