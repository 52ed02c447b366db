package http1

import (
	"sync"
	"time"
)

// pool keeps the connections that wait for a request. The zero value is ready.
type pool struct {
	mu    sync.Mutex
	of    map[origin][]*conn // the one that has waited longest first
	total int
	sweep *time.Timer // runs while there is one
}

// limits are how many connections are kept and how long.
type limits struct {
	all, perHost int
	timeout      time.Duration
}

// take gives the connection to the origin that has waited shortest and is still good, with that
// deadline; nil if there is none.
func (p *pool) take(o origin, until time.Time) *conn {
	for {
		c := p.pop(o)
		if c == nil {
			return nil
		}
		if c.rests(until) {
			return c
		}
		_ = c.Close()
	}
}

func (p *pool) pop(o origin) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.of[o]
	if len(of) == 0 {
		return nil
	}
	c := of[len(of)-1]
	of[len(of)-1] = nil
	p.of[o] = of[:len(of)-1]
	p.total--
	return c
}

// put keeps a connection, or closes it if there are enough.
func (p *pool) put(c *conn, l limits) {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.of[c.origin]
	if p.total >= l.all || len(of) >= l.perHost {
		_ = c.Close()
		return
	}
	if p.of == nil {
		p.of = map[origin][]*conn{}
	}
	c.since = time.Now()
	p.of[c.origin] = append(of, c)
	p.total++
	if p.sweep == nil {
		p.sweep = time.AfterFunc(min(lookEvery, l.timeout), func() { p.expire(l.timeout) })
	}
}

// lookEvery is how often it is looked whether servers have closed connections that wait: until then
// they cost both sides a socket.
const lookEvery = 5 * time.Second

// expire closes what has waited too long, and what is of no more use.
func (p *pool) expire(timeout time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	for o, of := range p.of {
		left := of[:0]
		for _, c := range of {
			if now.Sub(c.since) < timeout && c.rests(time.Time{}) {
				left = append(left, c)
				continue
			}
			_ = c.Close() // nothing is wanted of it any more
			p.total--
		}
		clear(of[len(left):])
		if p.of[o] = left; len(left) == 0 {
			delete(p.of, o)
		}
	}
	if p.sweep = nil; p.total > 0 {
		p.sweep = time.AfterFunc(min(lookEvery, timeout), func() { p.expire(timeout) })
	}
}

// clear closes all of them.
func (p *pool) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, of := range p.of {
		for _, c := range of {
			_ = c.Close()
		}
	}
	p.of, p.total = nil, 0
	if p.sweep != nil {
		p.sweep.Stop()
		p.sweep = nil
	}
}
