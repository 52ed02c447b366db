package proxy

import (
	"sync/atomic"
	"time"

	"strowger/core/catalog"
	"strowger/core/exchange"
	"strowger/core/llm"
)

// Flight is an exchange that is going on.
type Flight struct {
	ID                string // of its decision
	At                time.Time
	Asked, Key, Route string
	Schema            llm.Schema // the caller's
	Stream            bool
	Attempt           int // 0 before the first
	Provider          string
	Endpoint          string
	Stage             string // deciding, connecting, waiting or streaming
	// First is the time until the caller's answer began; 0 while it has not.
	First time.Duration
	Bytes int64 // of the attempt's answer so far
}

// flight is what of an exchange others may see while its carrier works.
type flight struct {
	before, behind *carrier // in the order of arrival; guarded by Proxy.mu, as is listed
	listed         bool

	at                time.Time
	asked, key, route string
	stream            bool

	attempt   atomic.Int32
	endpoint  atomic.Pointer[catalog.Endpoint]
	conn      atomic.Pointer[connecting]
	first     atomic.Int64 // µs
	bytes     atomic.Int64
	cancelled atomic.Bool
}

// flights are the exchanges that are going on, oldest first.
type flights struct {
	first, last *carrier
	count       int
}

// begin lists an exchange that has been decided on and goes on.
func (f *flights) begin(c *carrier, at time.Time) {
	d := c.x.Decision()
	c.at, c.asked, c.key, c.route, c.stream = at, d.Asked, d.Policy.Key, d.Policy.Route, d.Request.Stream
	if c.before, c.listed = f.last, true; c.before == nil {
		f.first = c
	} else {
		c.before.behind = c
	}
	f.last = c
	f.count++
}

// end takes it off the list, if it is there.
func (f *flights) end(c *carrier) {
	if !c.listed {
		return
	}
	if c.before == nil {
		f.first = c.behind
	} else {
		c.before.behind = c.behind
	}
	if c.behind == nil {
		f.last = c.before
	} else {
		c.behind.before = c.before
	}
	c.before, c.behind, c.listed = nil, nil, false
	f.count--
}

// finishes reports whether commands end their exchange.
func finishes(cmds []exchange.Command) bool {
	if len(cmds) == 0 {
		return false
	}
	_, ends := cmds[len(cmds)-1].(exchange.Finish)
	return ends
}

// departs notes an attempt that is sent.
func (f *flight) departs(n int, e *catalog.Endpoint, conn *connecting) {
	f.bytes.Store(0)
	f.conn.Store(conn)
	f.endpoint.Store(e)
	f.attempt.Store(int32(n))
}

// seen is the exchange as it is now. What it reads is atomic, or was set before it was listed.
func (c *carrier) seen() Flight {
	f := Flight{ID: c.id, At: c.at, Asked: c.asked, Key: c.key, Route: c.route, Schema: c.schema, Stream: c.stream,
		Attempt: int(c.attempt.Load()), First: time.Duration(c.first.Load()) * time.Microsecond, Bytes: c.bytes.Load(), Stage: "deciding"}
	if e := c.endpoint.Load(); e != nil {
		f.Provider, f.Endpoint = e.Provider, e.ID
	}
	switch conn := c.conn.Load(); {
	case f.First > 0:
		f.Stage = "streaming"
	case conn == nil:
	case conn.made.Load():
		f.Stage = "waiting"
	default:
		f.Stage = "connecting"
	}
	return f
}

// Flights are the exchanges that are going on, the newest first, most of them at most; all is
// how many there are.
func (p *Proxy) Flights(most int) (seen []Flight, all int) {
	p.mu.Lock()
	all = p.flights.count
	newest := make([]*carrier, 0, min(most, all))
	for c := p.flights.last; c != nil && len(newest) < most; c = c.before {
		newest = append(newest, c)
	}
	p.mu.Unlock()
	seen = make([]Flight, len(newest))
	for i, c := range newest {
		seen[i] = c.seen()
	}
	return seen, all
}

// grace is how long a cancelled exchange may take to answer its caller.
const grace = time.Second

// Cancel ends an exchange: its caller gets an error, the attempt in flight is cancelled. It is
// false if none of that id is going on.
func (p *Proxy) Cancel(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := p.flights.last
	for c != nil && c.id != id {
		c = c.before
	}
	if c == nil {
		return false
	}
	c.call(callCancelled)
	go func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case c.events <- nil: // it waits for an attempt of its own goroutine
			return
		case <-timer.C:
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if c.listed { // it waits for a caller who does not read: that has an end now
			c.cancelled.Store(true)
			_ = c.out.SetWriteDeadline(time.Now())
		}
	}()
	return true
}

// leaving is the event that ends the exchange: its caller cannot be written to any more, or
// somebody has cancelled it.
func (c *carrier) leaving() exchange.Event {
	if c.cancelled.Load() {
		return exchange.Closing{Cancelled: true}
	}
	return exchange.Left{}
}
