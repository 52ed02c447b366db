package process

import (
	"sync"
	"time"
)

// CoreWatch looks where a process runs.
type CoreWatch struct {
	stop chan struct{}
	done sync.WaitGroup

	seen map[int]time.Duration // thread → what it has used so far
	used map[int]time.Duration // core → what it gave
}

// WatchCores looks at all threads of a process every so often. What a thread has used meanwhile is
// counted to the core that it is on.
func WatchCores(pid int, every time.Duration) *CoreWatch {
	w := &CoreWatch{stop: make(chan struct{}), seen: map[int]time.Duration{}, used: map[int]time.Duration{}}
	w.look(pid)
	clear(w.used) // what was before
	w.done.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				w.look(pid)
			case <-w.stop:
				return
			}
		}
	})
	return w
}

// look adds up what threads have used since the last time.
func (w *CoreWatch) look(pid int) {
	for _, t := range threads(pid) {
		w.used[t.core] += max(t.used-w.seen[t.id], 0)
		w.seen[t.id] = t.used
	}
}

// Shares ends watching, and gives the parts of the first and the second core; both are 0 if nothing is known.
func (w *CoreWatch) Shares() (first, second float64) {
	close(w.stop)
	w.done.Wait()
	var all time.Duration
	for _, d := range w.used {
		all += d
	}
	if all == 0 {
		return 0, 0
	}
	return float64(w.used[0]) / float64(all), float64(w.used[1]) / float64(all)
}

// thread is one of a process.
type thread struct {
	id, core int
	used     time.Duration
}
