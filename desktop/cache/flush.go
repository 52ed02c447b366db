package cache

import (
	"context"
	"errors"
	"time"
)

// run writes until stopped, then what is left: answers at once, what was used with them
// or after a while.
func (d *disk) run() {
	defer close(d.done)
	defer d.end()
	ring(d.wake) // what has expired since the last time goes first
	var late <-chan time.Time
	for {
		select {
		case <-d.stop:
			d.flush()
			return
		case answer := <-d.clears:
			answer <- d.empty()
			continue
		case <-d.soon:
			if late == nil {
				late = time.After(d.tune.lazy)
			}
			continue
		case <-d.wake:
		case <-late:
		}
		late = nil
		d.flush()
	}
}

// maxChunk is how many bytes of answers, and maxRows how many rows, a transaction takes.
const (
	maxChunk = 1 << 20
	maxRows  = 64
)

// flush writes all that waits and makes room, in steps.
func (d *disk) flush() {
	d.mu.Lock()
	q := d.queue
	d.queue.forget()
	spoiled := d.spoiled
	d.mu.Unlock()
	if spoiled {
		return
	}
	w := d.w
	w.tick++
	failed := len(q.bad) > 0 && d.step(func() error { return w.delete(q.bad) })
	failed = failed || len(q.used) > 0 && d.step(func() error { return w.touch(q.used) })
	puts := q.puts
	for len(puts) > 0 && !failed {
		n, bytes := 0, 0
		for n < len(puts) && n < maxRows && (n == 0 || bytes+len(puts[n].body) <= maxChunk) {
			bytes += len(puts[n].body)
			n++
		}
		if failed = d.step(func() error { return w.put(puts[:n]) }); !failed {
			puts = puts[n:]
			failed = d.makeRoom()
		}
	}
	now := d.tune.now().UnixMicro()
	for more := true; more && !failed; {
		failed = d.step(func() (err error) { more, err = w.expire(now); return err })
	}
	if !failed {
		failed = d.makeRoom()
	}
	if !failed && len(q.puts) > 0 {
		d.works(writing)
	}
	d.mu.Lock()
	d.count.Dropped += int64(len(puts))
	d.mu.Unlock()
}

// makeRoom deletes what was used longest ago until the rest is no more than may be.
func (d *disk) makeRoom() (failed bool) {
	for d.w.bytes > d.maxBytes && !failed {
		var n int
		failed = d.step(func() (err error) { n, err = d.w.evict(d.w.bytes - d.maxBytes); return err })
		if n == 0 {
			return failed
		}
		d.mu.Lock()
		d.count.Evictions += int64(n)
		d.mu.Unlock()
	}
	return failed
}

// step runs f in a transaction and notes what there is then.
func (d *disk) step(f func() error) (failed bool) {
	err := d.w.transact(f)
	if err != nil {
		d.fail(writing, err)
	}
	d.mu.Lock()
	d.count.Entries, d.count.Bytes = d.w.entries, d.w.bytes
	d.mu.Unlock()
	return err != nil
}

// empty deletes all and makes the file small.
func (d *disk) empty() error {
	if d.step(d.w.clear) {
		d.mu.Lock()
		defer d.mu.Unlock()
		return errors.New("clearing the cache: " + d.count.LastError)
	}
	// Less than that is no reason to complain.
	d.w.conn.ExecContext(context.Background(), "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
	d.step(func() error { return nil })
	return nil
}
