package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// readMark reads up to which seq all decisions are counted.
const readMark = "SELECT value FROM marks WHERE name = 'counted'"

// How long a minute's counts are kept; older times have their hours alone.
const minutesKept = 48 * time.Hour

// Buckets of time, in seconds.
const (
	aMinute = 60
	anHour  = 3600
)

// folder counts decisions behind the writer's back.
type folder struct {
	conn *conn
	reader
	mark stmt
	wake chan struct{} // holds one: something was written

	folding sync.Mutex // held for a step, so that the mark never goes back
	mu      sync.Mutex // guards what follows; taken inside a turn of conn, if at all
	counted int64      // the mark
	live    *gathered  // counts of what was written since; nil if that is not known

	tables [3]packedRows // minutes, hours, sums
	blocks packedRows
	tidy   stmt
}

// packedRows reads and writes a table of packed counts.
type packedRows struct{ find, put stmt }

func newFolder(c *conn) (*folder, error) {
	f := &folder{conn: c, wake: make(chan struct{}, 1)}
	f.reader = reader{c.c.(querier), map[int64]kindNames{}}
	var err error
	for _, p := range []struct {
		to   *stmt
		text string
	}{
		{&f.mark, "INSERT OR REPLACE INTO marks (name, value) VALUES ('counted', ?)"},
		{&f.tables[0].find, "SELECT data FROM minutes WHERE at = ?"},
		{&f.tables[0].put, "INSERT OR REPLACE INTO minutes (at, data) VALUES (?, ?)"},
		{&f.tables[1].find, "SELECT data FROM hours WHERE at = ?"},
		{&f.tables[1].put, "INSERT OR REPLACE INTO hours (at, data) VALUES (?, ?)"},
		{&f.tables[2].find, "SELECT data FROM sums WHERE at = ?"},
		{&f.tables[2].put, "INSERT OR REPLACE INTO sums (at, data) VALUES (?, ?)"},
		{&f.blocks.find, "SELECT facts FROM blocks WHERE block = ?"},
		{&f.blocks.put, "INSERT OR REPLACE INTO blocks (block, newest, facts) VALUES (?, ?, ?)"},
		{&f.tidy, "DELETE FROM minutes WHERE at < ?"},
	} {
		if *p.to, err = c.prepare(p.text); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// step counts up to n decisions, in one transaction with how far it came, and tells how many
// there were and how long it took.
func (f *folder) step(ctx context.Context, n int64, now time.Time) (rows int64, took time.Duration, err error) {
	f.folding.Lock()
	defer f.folding.Unlock()
	return f.stepLocked(ctx, n, now)
}

// stepLocked is step for who holds folding.
func (f *folder) stepLocked(ctx context.Context, n int64, now time.Time) (rows int64, took time.Duration, err error) {
	var last int64
	live := f.take()
	err = f.conn.transact(context.Background(), func() (err error) {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		if live == nil {
			live = newGathered()
			if live.last, err = numberOf(ctx, f.c, readMark); err == nil {
				live.last, live.rows, err = f.read(ctx, live.last, n, live.counted())
			}
			if live.rows < n && err == nil {
				f.follow(live.last)
			}
		}
		last, rows = live.last, live.rows
		if err != nil || rows == 0 {
			return err
		}
		work := folding{f: f, rolls: [2]map[int64]*roll{{}, {}}, sums: map[int64]*sums{}, facts: map[int64]*facts{}, oldest: now.Add(-minutesKept).Unix()}
		if err := work.merge(ctx, live); err != nil {
			return err
		}
		if err := work.write(); err != nil {
			return err
		}
		_, err = f.mark.exec(integers(nil, last))
		return err
	})
	if err != nil {
		f.lose()
		return 0, took, err
	}
	return rows, took, nil
}

// folding is a step's counts. Of hours what was lost stands with the sums.
type folding struct {
	f      *folder
	rolls  [2]map[int64]*roll // minutes, hours
	sums   map[int64]*sums
	facts  map[int64]*facts
	oldest int64 // of the minutes
}

// merge adds what was gathered.
func (w *folding) merge(ctx context.Context, g *gathered) error {
	for second, r := range g.rolls[0] {
		if second < w.oldest {
			continue
		}
		to, err := bucket(w, 0, w.rolls[0], second, newRoll)
		if err != nil {
			return err
		}
		readers{kind: to.kind, end: to.end, flow: to.flow}.take(r)
	}
	for second, r := range g.rolls[1] {
		if err := w.hour(ctx, second, r); err != nil {
			return err
		}
	}
	for n, f := range g.facts {
		to, err := w.block(n)
		if err != nil {
			return err
		}
		to.merge(f)
	}
	return nil
}

// hour adds what was gathered of an hour.
func (w *folding) hour(ctx context.Context, second int64, r *roll) error {
	kinds, err := bucket(w, 1, w.rolls[1], second, newRoll)
	if err != nil {
		return err
	}
	sums, err := bucket(w, 2, w.sums, second, newSums)
	if err != nil {
		return err
	}
	readers{kind: kinds.kind}.take(r)
	readers{kind: noKind, end: sums.end, flow: sums.flow}.take(r)
	for kind, c := range r.kinds {
		names, err := w.f.names(ctx, kind)
		if err != nil {
			return err
		}
		sums.count(&names, c)
	}
	return nil
}

// bucket is what stands in a table of that bucket, or new; it is read once.
func bucket[T interface{ add([]byte) error }](w *folding, table int, have map[int64]T, at int64, empty func() T) (T, error) {
	if r, ok := have[at]; ok {
		return r, nil
	}
	r := empty()
	v, err := w.f.tables[table].find.find(integers(nil, at))
	if err != nil {
		return r, err
	}
	if v != nil {
		if err := r.add(blob(v)); err != nil {
			return r, err
		}
	}
	have[at] = r
	return r, nil
}

func (w *folding) block(n int64) (*facts, error) {
	f := w.facts[n]
	if f != nil {
		return f, nil
	}
	v, err := w.f.blocks.find.find(integers(nil, n))
	if err != nil {
		return nil, err
	}
	f = newFacts()
	if v != nil {
		if f, err = readFacts(blob(v)); err != nil {
			return nil, err
		}
	}
	w.facts[n] = f
	return f, nil
}

func (w *folding) write() error {
	if err := errors.Join(put(w, 0, w.rolls[0]), put(w, 1, w.rolls[1]), put(w, 2, w.sums)); err != nil {
		return err
	}
	for n, f := range w.facts {
		if _, err := w.f.blocks.put.exec(append(integers(nil, n, f.newest), driver.NamedValue{Value: f.append(nil)})); err != nil {
			return err
		}
	}
	_, err := w.f.tidy.exec(integers(nil, w.oldest))
	return err
}

// put writes buckets to a table.
func put[T interface{ append([]byte) []byte }](w *folding, table int, rows map[int64]T) error {
	for at, r := range rows {
		if _, err := w.f.tables[table].put.exec(append(integers(nil, at), driver.NamedValue{Value: r.append(nil)})); err != nil {
			return err
		}
	}
	return nil
}

// foldRest is how long decisions may wait to be counted, so that many are counted at once.
const foldRest = time.Second

// leastFold is how many decisions a step counts at least: each writes the counts of an hour anew.
const leastFold = 256

// run counts what is there and what is written, until ctx ends. It goes in steps and rests as long
// as it works, as Prune does.
func (f *folder) run(ctx context.Context, rest time.Duration, log *slog.Logger) {
	n, failing := int64(leastFold), false
	for {
		rows, took, err := f.step(ctx, n, time.Now())
		pause := took
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			if !failing {
				log.Warn("store: decisions are not counted", "err", err)
			}
			pause = 30 * rest
		case rows >= n:
			n = max(paced(n, took), leastFold)
		default:
			if !f.wait(ctx) {
				return
			}
			pause = rest
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// shrinkAfter is how long nothing must have been written before the writing connection gives up the
// pages it holds.
const shrinkAfter = 5 * time.Second

// wait waits until something is written; false is the end of ctx.
func (f *folder) wait(ctx context.Context) bool {
	quiet := time.NewTimer(shrinkAfter)
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-f.wake:
			return true
		case <-quiet.C:
			f.conn.shrink()
		}
	}
}

// paced is how many rows the next step takes, if one of n took so long.
func paced(n int64, took time.Duration) int64 {
	switch {
	case took < stepTime/2:
		return min(2*n, maxStep)
	case took > stepTime:
		return max(n/2, 1)
	}
	return n
}
