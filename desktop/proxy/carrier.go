package proxy

import (
	"context"
	"errors"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/router"
	"strowger/core/stats"
	"strowger/desktop/cache"
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

	events  chan exchange.Event // from attempts; unbuffered
	found   chan found          // from the cache; unbuffered, and nil when it is not being asked
	lease   *cache.Lease        // while this request is the one that asks
	over    context.CancelFunc  // ends the attempt in flight at once
	done    chan struct{}       // closed when the attempt in flight is not wanted any more
	ended   bool                // it has told its end
	timer   *time.Timer
	samples []stats.Sample
	report  *exchange.Report
	cut     bool
	gone    bool // the caller cannot be written to
	wrote   bool // something waits to be flushed
	begun   bool // the answer has begun

	pending router.Pending
}

// run carries the exchange to its end. It panics with http.ErrAbortHandler to break off
// an answer that must not look complete.
func (c *carrier) run() {
	c.timer = time.NewTimer(time.Hour)
	defer c.timer.Stop()
	defer func() { c.lease.Release() }()
	defer c.crashed()
	left, closing := c.r.Context().Done(), c.p.closing
	c.start()
	for c.report == nil {
		select {
		case ev := <-c.events:
			switch ev.(type) {
			case exchange.Ended, exchange.Failed:
				c.ended = true
			}
			c.step(ev)
		case f := <-c.found:
			c.lease, c.found = f.lease, nil
			c.step(f.Cached)
		case <-c.timer.C:
			c.step(exchange.Woke{})
		case <-left:
			left = nil
			c.step(exchange.Left{})
		case <-closing:
			closing = nil
			c.step(exchange.Closing{})
		}
		if c.gone && left != nil {
			left = nil
			c.step(exchange.Left{})
		}
	}
	c.record()
	if c.cut {
		c.breakOff()
	}
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
		c.told(func() { c.p.o.Recorder.Record(c.report, c.samples) })
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
	if owed, owes := c.p.abandon(&c.pending); owes {
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
		return cmds
	}())
}

// slow is how long doing what a step says may take without it mattering.
const slow = 10 * time.Millisecond

// step tells the exchange what happened and does what it says. If that took long, as it
// does while a slow caller is written to, the provider was not listened to: nothing came,
// but that was not its silence, and the exchange is told so.
func (c *carrier) step(ev exchange.Event) {
	now := time.Now()
	c.obey(c.x.Step(now, ev))
	if took := time.Since(now); took > slow {
		c.obey(c.x.Step(time.Now(), exchange.Blocked{For: took}))
	}
}

// obey notes what the commands mean for the statistics and does them.
func (c *carrier) obey(cmds []exchange.Command) {
	for _, cmd := range cmds {
		switch cmd.(type) {
		case exchange.Send, exchange.Answering, exchange.Record, exchange.Remember, exchange.Converse, exchange.Settle:
			c.p.apply(cmds)
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
			c.timer.Reset(time.Until(cmd.At))
		case exchange.Cancel:
			c.stop()
		case exchange.Reply:
			c.reply(cmd)
		case exchange.Write:
			c.write(cmd.Bytes)
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
	if c.done != nil {
		c.over()
		close(c.done)
		c.done = nil
	}
}

// release lets the attempt in flight run out by itself, so that its connection can be
// used again, but not for long.
func (c *carrier) release() {
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
	for _, f := range cmd.Header {
		h[http.CanonicalHeaderKey(f.Name)] = []string{f.Value}
	}
	if h.Get("Content-Type") == "text/event-stream; charset=utf-8" {
		h["X-Accel-Buffering"] = []string{"no"} // proxies in front are not to hold events back
	}
	c.deadline()
	c.begun = true
	c.w.WriteHeader(cmd.Status)
	c.wrote = true
}

func (c *carrier) write(b []byte) {
	if c.gone {
		return
	}
	c.deadline()
	if _, err := c.w.Write(b); err != nil {
		c.gone = true
	}
	c.wrote = true
}

// flush sends what was written; a whole answer is flushed by the server at its end.
func (c *carrier) flush() {
	if !c.wrote || c.gone || c.report != nil && !c.cut {
		return
	}
	c.wrote = false
	if err := c.out.Flush(); err != nil && !errors.Is(err, http.ErrNotSupported) {
		c.gone = true
	}
}

func (c *carrier) deadline() { _ = c.out.SetWriteDeadline(time.Now().Add(c.p.o.WriteTimeout)) }

func byteSize(n int64) string {
	if n >= 1<<20 && n%(1<<20) == 0 {
		return strconv.FormatInt(n>>20, 10) + " MiB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
