package cache

// queue is what waits to be written. What does not fit is dropped.
type queue struct {
	puts   []*answer
	bytes  int64
	used   map[hash]struct{}
	bad    []hash // to be deleted
	closed bool
}

// The most that waits: hashes that were used, and answers, which their bytes bound, too.
const (
	maxUsed = 4096
	maxPuts = 4096
)

func (q *queue) forget() { *q = queue{closed: q.closed} }

// put gives the answer to the writer, or drops it.
func (d *disk) put(a *answer) {
	if d == nil {
		return
	}
	size := int64(len(a.body)) + itemCost
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queue.closed || d.spoiled || len(d.queue.puts) >= maxPuts || d.queue.bytes+size > d.tune.queue {
		d.count.Dropped++
		return
	}
	d.queue.puts = append(d.queue.puts, a)
	d.queue.bytes += size
	ring(d.wake)
}

// touch notes that the answer was used. When many were in a short time the rest is not
// noted, which makes the order of eviction a little less exact.
func (d *disk) touch(h hash) {
	if d == nil {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.queue.closed || d.spoiled || len(d.queue.used) >= maxUsed {
		return
	}
	if d.queue.used == nil {
		d.queue.used = map[hash]struct{}{}
	}
	d.queue.used[h] = struct{}{}
	ring(d.soon)
}

// ring wakes who waits for c, now or when it next looks.
func ring(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
