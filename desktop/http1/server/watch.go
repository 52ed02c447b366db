package server

import (
	"sync"
	"time"
)

// patience is the time after which a request that still goes on has its caller watched; up to twice
// that, in fact. Most have ended by then.
const patience = 20 * time.Millisecond

var past = time.Unix(1, 0)

// watcher sees a caller leave while a request goes on. It costs fast requests next to nothing: its
// timer runs on beside them, and looks at each tick whether the request is still that of the last.
type watcher struct {
	mu       sync.Mutex
	timer    *time.Timer
	ticks    bool   // the timer runs
	watched  *call  // whose caller may leave now; nil: none
	count    uint64 // of those that were watched
	last     uint64 // which of them was going on at the last tick
	watching chan struct{}
	early    [1]byte // came while the caller was watched
	earlier  int     // how many of these there are
}

// armWatch has the caller of a request watched in a while, if its body has been read.
func (c *conn) armWatch(q *call) {
	if q.body.left > 0 {
		return
	}
	w := &c.watcher
	w.mu.Lock()
	defer w.mu.Unlock()
	w.watched = q
	w.count++
	switch {
	case w.ticks:
		return
	case w.timer == nil:
		w.timer = time.AfterFunc(patience, c.tick)
	default:
		w.timer.Reset(patience)
	}
	w.ticks = true
}

// tick looks whether the request that goes on is that of the last tick.
func (c *conn) tick() {
	w := &c.watcher
	w.mu.Lock()
	q := w.watched
	switch {
	case q == nil:
		w.ticks = false
	case w.last != w.count:
		w.last = w.count
		w.timer.Reset(patience)
	default:
		w.ticks = false
		over := make(chan struct{})
		w.watching = over
		c.release()
		c.readBy(time.Time{})
		w.mu.Unlock()
		c.watch(q)
		close(over)
		return
	}
	w.mu.Unlock()
}

// watch reads what comes behind a request, a byte at most: that a connection ends is seen by
// nothing else.
func (c *conn) watch(q *call) {
	w := &c.watcher
	n, err := c.nc.Read(w.early[:])
	w.mu.Lock()
	w.earlier = n
	left := err != nil && w.watched == q
	w.mu.Unlock()
	if left {
		q.ctx.cancel()
	}
}

// end ends the timer, with the connection.
func (w *watcher) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
	}
}

// disarmWatch ends that. What came meanwhile is in the buffer then.
func (c *conn) disarmWatch() {
	w := &c.watcher
	w.mu.Lock()
	w.watched = nil
	over := w.watching
	if over != nil {
		c.readBy(past)
	}
	w.mu.Unlock()
	if over == nil {
		return
	}
	<-over
	w.watching = nil
	if w.earlier > 0 {
		c.room()
		c.in.b[c.w] = w.early[0]
		c.w++
		w.earlier = 0
	}
}
