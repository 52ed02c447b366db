package cache

import (
	"context"
	"slices"
	"time"
)

// flight is a question that is being asked.
type flight struct {
	leader  *Lease
	waiters []chan handed // each holds one; in the order in which they came
}

// handed is what a waiter gets: the answer, or a lease.
type handed struct {
	body  []byte
	lease *Lease
}

// Lease is somebody's turn to ask. A nil one, which a nil Cache and a hit give, does
// nothing.
type Lease struct {
	cache *Cache
	key   hash
	over  bool // guarded by cache.mu
}

// Keep keeps a copy of the answer for ttl, at most a year, gives it to all who wait for
// it, and ends the lease. An answer that is too long, or has no time, is not kept.
func (l *Lease) Keep(body []byte, ttl time.Duration) {
	if l == nil {
		return
	}
	c := l.cache
	long := int64(len(body)) > c.maxEntry
	if long || ttl < time.Microsecond {
		if l.end() && long {
			c.mu.Lock()
			c.count.Refused++
			c.mu.Unlock()
		}
		return
	}
	c.mu.Lock()
	over := l.over
	l.over = true
	c.mu.Unlock()
	if !over {
		c.keep(l.key, body, ttl)
	}
}

// Release ends the lease: all who wait for the same answer go and ask then. After Keep or
// Release it does nothing.
func (l *Lease) Release() {
	if l != nil {
		l.end()
	}
}

// end lets all who wait ask, for what has no answer to keep once may have none again, and
// they would come to it one after the other. The first of them leads for those who come
// later. It is false if the lease was over.
func (l *Lease) end() bool {
	c := l.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if l.over {
		return false
	}
	l.over = true
	f := c.flights[l.key]
	switch {
	case f == nil || f.leader != l: // others led, or one of them has kept an answer
	case len(f.waiters) == 0:
		delete(c.flights, l.key)
	default:
		c.count.Misses += int64(len(f.waiters))
		for i, w := range f.waiters {
			lease := &Lease{cache: c, key: l.key}
			if i == 0 {
				f.leader = lease
			}
			w <- handed{lease: lease}
		}
		f.waiters = nil
	}
	return true
}

// await waits for what comes of the flight. It is called with c.mu held and lets it go.
func (c *Cache) await(ctx context.Context, h hash, f *flight) ([]byte, bool, *Lease) {
	c.count.Waits++
	w := make(chan handed, 1)
	f.waiters = append(f.waiters, w)
	c.mu.Unlock()
	select {
	case got := <-w:
		return got.body, got.lease == nil, got.lease
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(f.waiters, w); i >= 0 {
		f.waiters = slices.Delete(f.waiters, i, i+1)
		c.count.Misses++
		return nil, false, &Lease{cache: c, key: h}
	}
	got := <-w // it was handed over just now
	return got.body, got.lease == nil, got.lease
}
