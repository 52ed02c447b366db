package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

// moment is what strowger held at a time since the load began.
type moment struct {
	at time.Duration
	level
}

// watcher looks at the process each second and says how it goes now and then.
type watcher struct {
	s       *server
	c       *callers
	company *company
	out     io.Writer
	every   time.Duration // a line

	mu      sync.Mutex
	moments []moment
}

// run watches until ctx ends.
func (w *watcher) run(ctx context.Context) {
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	said, answered := began, 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		l, err := levelOf(w.s.pid)
		if err == nil {
			w.mu.Lock()
			w.moments = append(w.moments, moment{time.Since(began), l})
			w.mu.Unlock()
		}
		if past := time.Since(said); past >= w.every {
			n := w.c.tally.count()
			w.line(time.Since(began), n, float64(n-answered)/past.Seconds(), l)
			said, answered = time.Now(), n
		}
	}
}

func (w *watcher) line(at time.Duration, answered int, rate float64, l level) {
	goroutines := "-"
	if n := w.s.goroutines(); n >= 0 {
		goroutines = fmt.Sprint(n)
	}
	fmt.Fprintf(w.out, "%7s  %8d answers %6.0f/s  open %5d, at providers %5d  rss %6.1f MB  threads %3d  files %5d  sockets %5d  goroutines %s  faults %d  violations %d\n",
		at.Round(time.Second), answered, rate, w.c.open.Load(), w.company.open.Load(), megabytes(l.rss), l.threads, l.files, l.sockets,
		goroutines, w.company.faultCount(), w.c.tally.violations())
}

func (c *company) faultCount() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for f, k := range c.faults {
		if f != "" {
			n += k
		}
	}
	return n
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }

// The rule of flat memory.
const (
	flatGrowth = 1.10
	flatRule   = "the median of the last third is at most 10 % above the median of the middle third"
	flatTime   = 90 * time.Second // of less nothing can be said
)

// flat holds the memory of a run against the rule. It says nothing of a short run.
func flat(moments []moment) (verdict string, ok bool) {
	n := len(moments)
	if n == 0 || moments[n-1].at < flatTime {
		return fmt.Sprintf("memory: the run is too short to say whether it is flat (%s are needed)", flatTime), true
	}
	middle, last := median(moments[n/3:2*n/3]), median(moments[2*n/3:])
	word, ok := "flat", float64(last) <= flatGrowth*float64(middle)
	if !ok {
		word = "not flat"
	}
	return fmt.Sprintf("memory: %s (middle third %.1f MB, last third %.1f MB; rule: %s)", word, megabytes(middle), megabytes(last), flatRule), ok
}

func median(moments []moment) int64 {
	var rss []int64
	for _, m := range moments {
		rss = append(rss, m.rss)
	}
	slices.Sort(rss)
	return rss[len(rss)/2]
}

// curve is the memory minute by minute; of a short run every ten seconds.
func curve(moments []moment) string {
	step := time.Minute
	if n := len(moments); n > 0 && moments[n-1].at < 3*time.Minute {
		step = 10 * time.Second
	}
	text := ""
	for from := 0; from < len(moments); {
		to := from
		for to < len(moments) && moments[to].at/step == moments[from].at/step {
			to++
		}
		text += fmt.Sprintf(" %.0f", megabytes(median(moments[from:to])))
		from = to
	}
	return fmt.Sprintf("rss in MB, median of each %s:%s", step, text)
}
