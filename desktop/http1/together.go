package http1

import (
	"runtime"
	"sync/atomic"
	"time"
)

// Together brings writes together that are due at about the same time. A write to somebody who sleeps
// wakes them, which costs the writer more than the write itself; a write right behind another finds
// them awake. So each lets those go first that are still on their way to theirs. Where nobody is,
// it stops asking, but for one in a while: on a machine that is not busy, letting others go first
// wakes a processor for nothing (docs/adr/0038). The zero value is ready, and safe for concurrent use.
type Together struct {
	skip  atomic.Int32 // how many do not ask
	pause atomic.Int32 // how many did not, the last time
}

const (
	// company is the least that passes where others went first.
	company  = 3 * time.Microsecond
	maxPause = 63
)

// Wait is called before a write.
func (t *Together) Wait() {
	if t.skip.Load() > 0 {
		t.skip.Add(-1)
		return
	}
	begin := time.Now()
	runtime.Gosched()
	if time.Since(begin) >= company {
		t.pause.Store(0)
		return
	}
	pause := min(2*t.pause.Load()+1, maxPause)
	t.pause.Store(pause)
	t.skip.Store(pause)
}
