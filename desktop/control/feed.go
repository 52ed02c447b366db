package control

import (
	"context"
	"slices"
	"sync"
	"time"

	"strowger/core/exchange"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// Totals are counts since the start.
type Totals struct {
	Requests, FirstTry, AfterFallback, Failed int64
	Spend                                     int64 // micro-dollars of what is priced, failed attempts included
	Unpriced                                  int64 // requests of which part of the cost is not known
}

// Feed takes every finished exchange: it numbers it, gives it to the store, keeps the
// newest in memory and wakes whoever watches. It implements proxy.Recorder.
type Feed struct {
	store *store.Store

	mu     sync.Mutex
	seq    int64
	rows   []row // the newest, oldest first
	totals Totals
	today  today
	meters meters
	keyed  map[string]manner  // by endpoint, of those that were asked
	over   map[limit]refusals // what limits on money refused
	fresh  chan struct{}      // closed when there is something new; nil if nobody waits for that
}

// kept is how many rows the feed holds at most; the oldest tenth of them goes at once.
const kept = 1000

// row is one line of the live list. What is only for those who look is made when the first of them
// does: most rows come and go unseen.
type row struct {
	done Done
	seen *seen // nil until it is asked for
}

func (r *row) seq() int64 { return r.done.Seq }

// seen is a row that somebody looks at, which is encoded while nothing waits for the feed.
type seen struct {
	done            Done
	filled, written sync.Once
	kept            store.Entry
	line            []byte
}

// entry is the row as the store keeps it, without its document and its samples.
func (s *seen) entry() *store.Entry {
	s.filled.Do(func() {
		s.kept = entry(s.done.Seq, s.done.Report, nil)
		s.kept.Document = nil
	})
	return &s.kept
}

// encoded is the row as JSON.
func (s *seen) encoded() []byte {
	s.written.Do(func() { s.line = appendRow(nil, s.entry(), why(s.done.Report)) })
	return s.line
}

// held are up to limit rows with seqs above after and, unless it is 0, below before, newest first,
// and the newest seq of all.
func (f *Feed) held(after, before int64, limit int) (all []*seen, newest int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.rows) - 1; i >= 0 && f.rows[i].seq() > after && len(all) < limit; i-- {
		r := &f.rows[i]
		if before > 0 && r.seq() >= before {
			continue
		}
		if r.seen == nil {
			r.seen = &seen{done: r.done}
		}
		all = append(all, r.seen)
	}
	return all, f.seq
}

// Done is a finished exchange, for those who print it.
type Done struct {
	Seq    int64
	Report *exchange.Report
}

// NewFeed is a feed whose numbers go on behind last. s may be nil.
func NewFeed(s *store.Store, last int64) *Feed {
	return &Feed{store: s, seq: last, meters: newMeters(), keyed: map[string]manner{}, over: map[limit]refusals{}}
}

// Record implements proxy.Recorder. Of the report its document is made later, by whoever wants it:
// it must not be changed any more. What was said is for the store alone, as a
// thousand of those would fill the memory; nil if it is not kept.
func (f *Feed) Record(r *exchange.Report, samples []stats.Sample, said *store.Bodies) {
	e := entry(0, r, samples)
	if said != nil {
		e.Bodies = *said
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	e.Decision.Seq = f.seq
	f.push(row{done: Done{f.seq, r}})
	f.count(r)
	f.meters.add(r)
	for i := range samples {
		f.note(&samples[i])
	}
	if f.fresh != nil {
		close(f.fresh)
		f.fresh = nil
	}
	f.store.Add(e) // here, so that the store gets them in the order of their numbers
}

func (f *Feed) push(r row) {
	if len(f.rows) == kept {
		copy(f.rows, f.rows[kept/10:])
		f.rows = f.rows[:kept-kept/10]
	}
	f.rows = append(f.rows, r)
}

func (f *Feed) count(r *exchange.Report) {
	t := &f.totals
	t.Requests++
	switch {
	case r.Outcome == exchange.OutcomeOK && len(r.Attempts) == 1:
		t.FirstTry++
	case r.Outcome == exchange.OutcomeOK:
		t.AfterFallback++
	case r.Outcome == exchange.OutcomeFailed:
		t.Failed++
	}
	t.Spend += r.Cost + r.Wasted
	if unpriced(r) {
		t.Unpriced++
	}
	f.today.add(r, time.Now())
	f.refuse(r)
}

// Totals are the counts so far.
func (f *Feed) Totals() Totals {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.totals
}

// Watch is a channel that is closed when something new comes.
func (f *Feed) Watch() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fresh == nil {
		f.fresh = make(chan struct{})
	}
	return f.fresh
}

// Since are the exchanges newer than seq that are still held, oldest first.
func (f *Feed) Since(seq int64) []Done {
	f.mu.Lock()
	defer f.mu.Unlock()
	var done []Done
	for i := range f.rows {
		if f.rows[i].seq() > seq {
			done = append(done, f.rows[i].done)
		}
	}
	return done
}

// after gives up to limit encoded rows newer than seq, newest first, and the newest seq.
func (f *Feed) after(seq int64, limit int) (lines [][]byte, newest int64) {
	rows, newest := f.held(seq, 0, limit)
	for _, r := range rows {
		lines = append(lines, r.encoded())
	}
	return lines, newest
}

// Forget drops from memory what began before a moment, as it is deleted from the record.
func (f *Feed) Forget(before time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = slices.DeleteFunc(f.rows, func(r row) bool { return r.done.Report.Started.Before(before) })
}

// page gives the encoded rows that q asks for, as far as they are held, newest first, and
// the seq below which there may be more in the store; 0 if nothing is held.
func (f *Feed) page(q store.Query) (lines [][]byte, last int64) {
	last = q.Before
	rows, _ := f.held(0, q.Before, kept)
	for _, r := range rows {
		if len(lines) >= q.Limit {
			break
		}
		last = r.done.Seq
		if q.Match(r.entry()) {
			lines = append(lines, r.encoded())
		}
	}
	return lines, last
}

// Find is the whole report on a decision as JSON, with its seq, from memory or from the store;
// empty if it was too large to be kept, store.ErrNotFound if there is none.
func (f *Feed) Find(ctx context.Context, id string) (doc []byte, seq int64, err error) {
	if doc, seq = f.find(id); doc != nil {
		return doc, seq, nil
	}
	d, err := f.store.Decision(ctx, id)
	if err == nil && d.Seq == 0 {
		err = store.ErrNotFound
	}
	return d.Doc, d.Seq, err
}

// find is the document of a held exchange, nil if it is not held.
func (f *Feed) find(id string) (doc []byte, seq int64) {
	d := f.done(id)
	if d.Report == nil {
		return nil, 0
	}
	return d.Report.AppendJSON(nil), d.Seq
}

// done is the exchange of that ID; without a report if it is not held.
func (f *Feed) done(id string) Done {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rows {
		if d := f.rows[i].done; d.Report.ID == id {
			return d
		}
	}
	return Done{}
}
