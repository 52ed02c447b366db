package store

import "sync"

// queue holds what was added and is not yet settled, and counts what became of it. It
// is a slice behind a lock rather than a channel: the writer takes all of it at once,
// and a sleeping writer is woken twice a batch instead of once an entry.
type queue struct {
	limit, memory, batch int

	wake chan struct{} // holds one: there is a first entry, or a whole batch

	mu      sync.Mutex // guards what follows
	pending []Entry
	rows    int // in pending
	bytes   int // of what is queued, taken or not
	closed  bool
	count   Counters
}

func newQueue(limit, memory, batch int) *queue {
	return &queue{limit: limit, memory: memory, batch: batch, wake: make(chan struct{}, 1)}
}

// add appends the entry, or counts it as dropped.
func (q *queue) add(e Entry) {
	rows, bytes := e.size, e.bytes()
	q.mu.Lock()
	if q.closed || q.count.Queued >= q.limit || q.bytes+bytes > q.memory {
		q.count.Dropped++
		q.mu.Unlock()
		return
	}
	before := q.rows
	q.pending = append(q.pending, e)
	q.rows += rows
	q.bytes += bytes
	q.count.Queued++
	wake := before == 0 || before < q.batch && q.rows >= q.batch
	q.mu.Unlock()
	if wake {
		ring(q.wake)
	}
}

// full tells that a whole batch is waiting.
func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.rows >= q.batch
}

// take hands over all that is waiting; spare is where the next entries go.
func (q *queue) take(spare []Entry) []Entry {
	q.mu.Lock()
	defer q.mu.Unlock()
	work := q.pending
	q.pending, q.rows = spare[:0], 0
	return work
}

// settle counts a batch that is done with: lost of its entries are not in the database.
func (q *queue) settle(batch []Entry, lost int) {
	bytes := 0
	for i := range batch {
		bytes += batch[i].bytes()
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.bytes -= bytes
	q.count.Queued -= len(batch)
	q.count.Failed += int64(lost)
	q.count.Written += int64(len(batch) - lost)
}

// note keeps how the last try went; nil for well.
func (q *queue) note(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count.Failing = err != nil
	if err != nil {
		q.count.LastError = err.Error()
	}
}

// remark keeps an error that is none of the disk's.
func (q *queue) remark(text string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.count.LastError = text
}

// shut refuses what is added from now on.
func (q *queue) shut() Counters {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	return q.count
}

func (q *queue) counters() Counters {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.count
}
