package store

import (
	"fmt"
	"log/slog"
	"time"
)

// writer is the goroutine that writes entries.
type writer struct {
	queue *queue
	ins   *inserter
	tune  tuning
	batch int
	log   *slog.Logger
	stop  <-chan struct{}
	count *folder // is told what was written

	spare   []Entry
	failing bool      // the last batch was given up
	refused bool      // one was given up after the stop: the others would be, too
	until   time.Time // set after the stop: no batch is begun from then on
}

// run writes until stopped, then what is left.
func (w *writer) run() {
	for w.wait() {
		w.drain()
	}
	w.drain()
}

// wait returns when a batch is full or its first entry has waited long enough; false
// when the store is being closed.
func (w *writer) wait() bool {
	select {
	case <-w.stop:
		return false
	case <-w.queue.wake:
	}
	timer := time.NewTimer(w.tune.flush)
	defer timer.Stop()
	for !w.queue.full() {
		select {
		case <-w.stop:
			return false
		case <-w.queue.wake:
		case <-timer.C:
			return true
		}
	}
	return true
}

// drain settles all that is waiting, batch by batch.
func (w *writer) drain() {
	work := w.queue.take(w.spare)
	for rest := work; len(rest) > 0; {
		n := w.size(rest)
		w.settle(rest[:n])
		rest = rest[n:]
	}
	clear(work) // what it referred to may go
	w.spare = work
}

// mostBytes is about how much a transaction writes, one entry apart.
const mostBytes = 4 << 20

// size is how many entries, at least one, fit into a transaction.
func (w *writer) size(work []Entry) int {
	rows, bytes := 0, 0
	for i := range work {
		rows += work[i].size
		bytes += work[i].bytes()
		if (rows > w.batch || bytes > mostBytes) && i > 0 {
			return i
		}
	}
	return len(work)
}

// settle writes one batch or gives it up. A batch that fails is tried again a few times;
// while writing fails each further one is tried once, after a pause: the requests that
// are carried meanwhile overflow the queue, where that costs nothing.
func (w *writer) settle(batch []Entry) {
	if w.failing {
		w.sleep(w.tune.pause)
	}
	tries, backoff := w.tune.tries, w.tune.backoff
	if w.failing || w.stopping() {
		tries = 1
	}
	if w.refused || w.late() {
		w.queue.settle(batch, len(batch))
		return
	}
	for try := 1; ; try++ {
		lost, err := w.ins.write(batch, w.tune.before)
		w.queue.note(err)
		if err == nil {
			w.succeeded(batch, lost)
			return
		}
		if try >= tries || w.stopping() {
			w.gaveUp(batch, err)
			return
		}
		w.sleep(backoff)
		backoff *= 2
	}
}

// gaveUp counts a batch that the disk did not take.
func (w *writer) gaveUp(batch []Entry, err error) {
	if !w.failing {
		w.log.Warn("store: writing fails", "err", err)
	}
	w.failing, w.refused = true, w.stopping()
	w.queue.settle(batch, len(batch))
}

// succeeded counts a batch that was committed, without lost entries whose seq was taken.
func (w *writer) succeeded(batch []Entry, lost int) {
	if lost > 0 {
		w.queue.remark(fmt.Sprintf("%d entries not written: their seq was taken", lost))
	}
	w.queue.settle(batch, lost)
	w.count.gather(w.ins.recorded, lost > 0)
	ring(w.count.wake)
	if w.failing {
		w.log.Info("store: writing works again")
	}
	w.failing = false
}

// sleep waits for d, or until the store is being closed.
func (w *writer) sleep(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.stop:
	case <-timer.C:
	}
}

// stopping tells that the store is being closed.
func (w *writer) stopping() bool {
	select {
	case <-w.stop:
		return true
	default:
		return false
	}
}

// late tells that no batch may be begun any more, because Close would not wait for it.
func (w *writer) late() bool {
	if !w.stopping() {
		return false
	}
	if w.until.IsZero() {
		// A little less than Close waits: folding the log takes some time, too.
		w.until = time.Now().Add(w.tune.patience * 4 / 5)
	}
	if time.Now().Before(w.until) {
		return false
	}
	w.queue.remark("closed before all was written")
	return true
}
