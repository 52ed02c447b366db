package control

import (
	"context"
	"sync"
	"time"

	"strowger/core/exchange"
	"strowger/core/llm"
	"strowger/core/stats"
	"strowger/desktop/store"
)

// Totals are counts since the start.
type Totals struct {
	Requests, FirstTry, AfterFallback, Failed int64
	Spend                                     int64 // micro-dollars of what is priced, failed attempts included
	Unpriced                                  int64 // answers whose cost is unknown
}

// Feed takes every finished exchange: it numbers it, gives it to the store, keeps the
// newest in memory and wakes whoever watches. It implements proxy.Recorder.
type Feed struct {
	store *store.Store

	mu     sync.Mutex
	seq    int64
	rows   []row // a ring; rows[seq % len] once full
	totals Totals
	fresh  chan struct{} // closed and replaced when there is something new
}

// kept is how many rows the feed holds for those who come back after a pause.
const kept = 1000

// row is one line of the live list with its encoded forms.
type row struct {
	seq                      int64
	id                       string
	provider, model, outcome string
	line                     []byte // the row as JSON
	doc                      []byte // the whole report as JSON
	done                     Done
}

// Done is a finished exchange, for those who print it.
type Done struct {
	Seq    int64
	Report *exchange.Report
}

// NewFeed is a feed whose numbers go on behind last. s may be nil.
func NewFeed(s *store.Store, last int64) *Feed {
	return &Feed{store: s, seq: last, fresh: make(chan struct{})}
}

// Record implements proxy.Recorder.
func (f *Feed) Record(r *exchange.Report, samples []stats.Sample) {
	doc := r.AppendJSON(make([]byte, 0, 3<<10)) // what two candidates need
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seq++
	e := entry(f.seq, r, samples, doc)
	d := &e.Decision
	f.push(row{seq: d.Seq, id: d.ID, provider: d.Provider, model: d.Model, outcome: d.Outcome,
		line: appendRow(nil, &e, why(r)), doc: doc, done: Done{d.Seq, r}})
	f.count(r)
	close(f.fresh)
	f.fresh = make(chan struct{})
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
	for i := range r.Attempts {
		t.Spend += r.Attempts[i].Cost
		if !r.Attempts[i].Priced {
			t.Unpriced++
		}
	}
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
	return f.fresh
}

// Since are the exchanges newer than seq that are still held, oldest first.
func (f *Feed) Since(seq int64) []Done {
	f.mu.Lock()
	defer f.mu.Unlock()
	var done []Done
	for i := range f.rows {
		if f.rows[i].seq > seq {
			done = append(done, f.rows[i].done)
		}
	}
	return done
}

// after gives up to limit encoded rows newer than seq, newest first, and the newest seq.
func (f *Feed) after(seq int64, limit int) (lines [][]byte, newest int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := len(f.rows) - 1; i >= 0 && f.rows[i].seq > seq && len(lines) < limit; i-- {
		lines = append(lines, f.rows[i].line)
	}
	return lines, f.seq
}

// page gives the encoded rows that q asks for, as far as they are held, newest first, and
// the seq below which there may be more in the store; 0 if nothing is held.
func (f *Feed) page(q store.Query) (lines [][]byte, last int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	last = q.Before
	for i := len(f.rows) - 1; i >= 0 && len(lines) < q.Limit; i-- {
		r := &f.rows[i]
		if q.Before > 0 && r.seq >= q.Before {
			continue
		}
		last = r.seq
		if is(q.Provider, r.provider) && is(q.Model, r.model) && is(q.Outcome, r.outcome) {
			lines = append(lines, r.line)
		}
	}
	return lines, last
}

// is reports whether a filter, if there is one, lets a value through.
func is(filter, value string) bool { return filter == "" || filter == value }

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
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.rows {
		if f.rows[i].id == id {
			return f.rows[i].doc, f.rows[i].seq
		}
	}
	return nil, 0
}

// entry is the report as the store keeps it.
func entry(seq int64, r *exchange.Report, samples []stats.Sample, doc []byte) store.Entry {
	d := store.Decision{
		Seq: seq, ID: r.ID, At: r.Started, Asked: r.Asked, Key: r.Key, Route: r.Route, Cache: r.Cache, Status: r.Status, Outcome: r.Outcome,
		Stream: r.Stream, Attempts: len(r.Attempts), Resumed: r.Resumed, FirstToken: r.First, Total: r.Total, Doc: doc,
	}
	if r.Decision != nil {
		d.Strategy = r.Decision.Policy.Strategy.String()
	}
	e := store.Entry{Samples: samples, Attempts: make([]store.Attempt, len(r.Attempts))}
	d.Cost, d.Priced = r.Cost, r.Priced || r.Served == 0 // no answer costs nothing
	d.Failed, d.FailedPriced = r.Wasted, !r.WastedUnknown
	for i := range r.Attempts {
		a := &r.Attempts[i]
		e.Attempts[i] = store.Attempt{N: a.N, Endpoint: a.Endpoint, Provider: a.Provider, Model: a.Model,
			Outcome: a.Outcome.String(), Status: a.Status, Start: a.Start, FirstToken: a.First, Total: a.Total, Error: a.Message}
		if r.Served == 0 || a.N <= r.Served { // behind it may stand one that was to go on with the answer, and did not
			d.Endpoint, d.Provider, d.Model = a.Endpoint, a.Provider, a.Model
		}
		d.Dropped += a.Dropped
		d.Tokens = add(d.Tokens, a.Usage)
	}
	e.Decision = d
	return e
}

func add(t store.Tokens, u llm.Usage) store.Tokens {
	return store.Tokens{Input: t.Input + u.Input, CacheRead: t.CacheRead + u.CacheRead, CacheWrite: t.CacheWrite + u.CacheWrite,
		CacheWriteHour: t.CacheWriteHour + u.CacheWriteHour, Output: t.Output + u.Output, Reasoning: t.Reasoning + u.Reasoning,
		Images: t.Images + u.Images, Estimated: t.Estimated || u.Estimated}
}

// why says in a sentence how the exchange went.
func why(r *exchange.Report) string {
	switch {
	case r.Decision == nil && r.Error != nil:
		return r.Error.Error()
	case r.Decision == nil:
		return ""
	}
	return r.Decision.Why()
}

// micros is a duration for JSON.
func micros(d time.Duration) int64 { return d.Microseconds() }
