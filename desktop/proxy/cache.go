package proxy

import (
	"context"
	"slices"

	"strowger/core/exchange"
	"strowger/desktop/cache"
)

// found is what the cache says to a Lookup.
type found struct {
	exchange.Cached
	lease *cache.Lease // of who is to ask; nil on a hit
}

// lookup asks the cache, in a goroutine of its own: it may have to wait for another
// request's answer.
func (c *carrier) lookup(cmd exchange.Lookup) {
	c.lease.Release() // of an attempt that failed
	c.lease = nil
	ctx, cancel := context.WithCancel(context.Background())
	c.over, c.done, c.found = cancel, make(chan struct{}), make(chan found)
	key := slices.Clone(cmd.Key) // the command's own is good until the next step
	answer, done := c.found, c.done
	go func() {
		defer cancel()
		body, hit, lease := c.s.Cache.Lookup(ctx, key, cmd.Wait)
		select {
		case answer <- found{exchange.Cached{Attempt: cmd.Attempt, Hit: hit, Body: body}, lease}:
		case <-done:
			lease.Release()
		}
	}()
}

// keep gives the answer to the cache and to those who wait for it.
func (c *carrier) keep(cmd exchange.Keep) {
	if c.lease == nil { // it was not looked up: the caller wanted a new one
		c.s.Cache.Keep(cmd.Key, cmd.Body, cmd.TTL)
		return
	}
	c.lease.Keep(cmd.Body, cmd.TTL)
}
