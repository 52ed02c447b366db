package store

import (
	"context"
	"database/sql/driver"
	"math"
	"strconv"
	"time"
)

// Page is a part of what a query means, newest first.
type Page struct {
	Decisions []Decision
	// Next is the Before that asks for what is older; 0 if there is nothing. With it a page may
	// have fewer decisions than it may have, even none: looking on would have taken too long.
	Next int64
}

const (
	defaultPage = 50
	maxPage     = 500
	// stretch is how many decisions are looked through between looks at the clock.
	stretch = 2048
	// eachChunk is how many decisions Each reads at once, with documents and without.
	eachChunk     = 1000
	eachChunkDocs = 64
)

const decisionColumns = `d.seq, d.id, d.at, d.asked, e.model, e.provider, e.name, k.strategy, k.key, k.route, k.cache,
	d.status, k.outcome, d.stream, d.attempts, d.first, d.total, d.cost,
	d.input, d.cache_read, d.cache_write, d.output, d.reasoning, d.estimated, d.failed, d.cache_write_1h, d.images, d.resumed, d.dropped, d.saved`

// The lookup tables come behind, or the planner might begin with one and sort.
const (
	lookedUp = " FROM decisions d NOT INDEXED CROSS JOIN kinds k ON k.id = d.kind CROSS JOIN endpoints e ON e.id = k.endpoint"
	between  = " WHERE d.seq BETWEEN ?1 AND ?2"
	readDoc  = "coalesce(decision_document(p.data, d.seq), o.doc)"
	withDocs = ` LEFT JOIN doc_rows o ON o.seq = d.seq
		LEFT JOIN packs p ON p.first = (SELECT first FROM packs WHERE first <= d.seq ORDER BY first DESC LIMIT 1) AND p.last >= d.seq`
)

// Decisions are the decisions that q asks for, newest first, without their documents. What is
// older is asked for with Before, the page's Next; what came since with After, the seq of the
// first, and if that fills the page, the gap with both.
func (s *Store) Decisions(ctx context.Context, q Query) (Page, error) {
	if s == nil {
		return Page{}, nil
	}
	if q.Limit <= 0 {
		q.Limit = defaultPage
	}
	q.Limit, q.Docs = min(q.Limit, maxPage), false
	p, err := s.page(ctx, q, s.look)
	return p, wrap("decisions", err)
}

// Each gives each decision that q asks for to each, newest first, and ends at its first error
// and returns that. No transaction is open while each works, however long it takes: it may call
// the store. What comes meanwhile is not among them; what is pruned meanwhile may be missing.
func (s *Store) Each(ctx context.Context, q Query, each func(Decision) error) error {
	if s == nil {
		return nil
	}
	left := q.Limit
	for {
		q.Limit = eachChunk
		if q.Docs {
			q.Limit = eachChunkDocs
		}
		if left > 0 {
			q.Limit = min(q.Limit, left)
		}
		p, err := s.page(ctx, q, s.look)
		if err != nil {
			return wrap("decisions", err)
		}
		for i := range p.Decisions {
			if err := each(p.Decisions[i]); err != nil {
				return err
			}
		}
		if left > 0 {
			if left -= len(p.Decisions); left <= 0 {
				return nil
			}
		}
		if p.Next == 0 {
			return nil
		}
		q.Before = p.Next
	}
}

// Tally is how many decisions a query means.
type Tally struct {
	N int64
	// Next is the Before with which the others are counted; 0 if all are.
	Next int64
}

// Count counts what q means, its Limit aside, as far back as can be looked in the time that a page
// may take.
func (s *Store) Count(ctx context.Context, q Query) (t Tally, err error) {
	if s == nil {
		return t, nil
	}
	err = s.snapshot(ctx, func(c querier) error {
		t.Next, err = s.scan(ctx, c, q, s.look, "SELECT count(*) FROM decisions d NOT INDEXED"+between, "", func(v []driver.Value) (bool, error) {
			t.N += num(v[0])
			return false, nil
		})
		return err
	})
	return t, wrap("counts", err)
}

// page reads q.Limit decisions, or fewer when the time is up.
func (s *Store) page(ctx context.Context, q Query, most time.Duration) (p Page, err error) {
	query := "SELECT " + decisionColumns + lookedUp + between
	if q.Docs {
		query = "SELECT " + decisionColumns + ", " + readDoc + lookedUp + withDocs + between
	}
	err = s.snapshot(ctx, func(c querier) error {
		p.Next, err = s.scan(ctx, c, q, most, query, " ORDER BY d.seq DESC LIMIT "+strconv.Itoa(q.Limit), func(v []driver.Value) (bool, error) {
			d := decisionOf(v)
			if q.Docs {
				d.Doc = blob(v[len(v)-1])
			}
			p.Decisions = append(p.Decisions, d)
			return len(p.Decisions) >= q.Limit, nil
		})
		return err
	})
	if len(p.Decisions) >= q.Limit {
		p.Next = p.Decisions[len(p.Decisions)-1].Seq
	}
	return p, err
}

// looking is a scan at work.
type looking struct {
	ctx  context.Context
	stmt driver.StmtQueryContext
	s    *search
	end  time.Time
	row  func([]driver.Value) (full bool, err error)

	low, high int64 // the stretch that is to be looked through; low is above high if there is none
	done      bool  // row has had enough, or the time is up
	looked    int64 // all from there on has been looked through
}

// scan runs query on stretches of seqs, newest first, and gives row what comes of it, until row
// has enough or the time is up; at least one stretch is looked through. next is the Before with
// which it goes on, 0 if it is at the end.
func (s *Store) scan(ctx context.Context, c querier, q Query, most time.Duration, query, order string, row func([]driver.Value) (full bool, err error)) (next int64, err error) {
	w := looking{ctx: ctx, end: time.Now().Add(most), row: row, low: 1}
	look, ok, err := newSearch(ctx, c, q)
	if err != nil || !ok {
		return 0, err
	}
	w.s = look
	bounds := [3]int64{}
	for i, text := range []string{"SELECT min(seq) FROM decisions", "SELECT max(seq) FROM decisions", readMark} {
		if bounds[i], err = numberOf(ctx, c, text); err != nil {
			return 0, err
		}
	}
	oldest, newest, mark := bounds[0], bounds[1], bounds[2]
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	low, high := max(oldest, q.After+1), min(newest, q.Before-1)
	if high < low || oldest == 0 {
		return 0, nil
	}
	stmt, err := c.PrepareContext(ctx, query+look.where+order)
	if err != nil {
		return 0, err
	}
	defer stmt.Close()
	w.stmt, w.looked = stmt.(driver.StmtQueryContext), high+1
	known := mark >> blockShift << blockShift // from there on no block is complete
	if look.plain {
		known = 0
	}
	for at := high; at >= max(low, known) && !w.done; at -= stretch {
		if err := w.through(max(at-stretch+1, low, known), at); err != nil {
			return 0, err
		}
	}
	if high = min(high, known-1); high >= low && !w.done {
		if err := w.blocks(c, low, high); err != nil {
			return 0, err
		}
	}
	if w.looked <= low {
		return 0, nil
	}
	return w.looked, nil
}

// blocks looks through those blocks in which there may be something.
func (w *looking) blocks(c querier, low, high int64) error {
	rows, err := c.QueryContext(w.ctx, "SELECT block, facts FROM blocks WHERE block BETWEEN ? AND ? ORDER BY block DESC",
		ordinals(integers(nil, low>>blockShift, high>>blockShift)))
	if err != nil {
		return err
	}
	err = drain(rows, func(v []driver.Value) error {
		f, err := readFacts(blob(v[1]))
		if err != nil {
			return err
		}
		first := max(num(v[0])<<blockShift, low)
		last := min(first|(1<<blockShift-1), high)
		switch {
		case !f.may(w.s):
			if err := w.flush(); err != nil {
				return err
			}
			w.pass(first)
		case w.low <= w.high && last+1 == w.low:
			w.low = first
		default:
			if err := w.flush(); err != nil {
				return err
			}
			w.low, w.high = first, last
		}
		if w.high-w.low+1 >= stretch {
			if err := w.flush(); err != nil {
				return err
			}
		}
		if w.done {
			return errDone
		}
		return nil
	})
	if err != nil && err != errDone {
		return err
	}
	if w.done {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	if !w.done {
		w.looked = low
	}
	return nil
}

// errDone ends the reading of rows.
var errDone = doneError{}

type doneError struct{}

func (doneError) Error() string { return "done" }

// pass counts what was not worth a look.
func (w *looking) pass(from int64) {
	if w.done {
		return
	}
	w.looked = from
	w.done = !time.Now().Before(w.end)
}

// flush looks through the stretch that was put together.
func (w *looking) flush() error {
	if w.low > w.high || w.done {
		return nil
	}
	low, high := w.low, w.high
	w.low, w.high = 1, 0
	return w.through(low, high)
}

// through looks through the seqs from low to high.
func (w *looking) through(low, high int64) error {
	rows, err := w.stmt.QueryContext(w.ctx, ordinals(append(integers(nil, low, high), w.s.args...)))
	if err != nil {
		return err
	}
	full := false
	err = drain(rows, func(v []driver.Value) error {
		full, err = w.row(v)
		if err == nil && full {
			return errDone
		}
		return err
	})
	if err != nil && err != errDone {
		return err
	}
	w.looked = low
	w.done = full || !time.Now().Before(w.end)
	return nil
}

// decisionOf is the decision of a row of decisionColumns.
func decisionOf(v []driver.Value) Decision {
	return Decision{
		Seq: num(v[0]), ID: str(v[1]), At: moment(num(v[2])), Asked: str(v[3]), Model: str(v[4]), Provider: str(v[5]), Endpoint: str(v[6]),
		Strategy: str(v[7]), Key: str(v[8]), Route: str(v[9]), Cache: str(v[10]),
		Status: int(num(v[11])), Outcome: str(v[12]), Stream: num(v[13]) != 0, Attempts: int(num(v[14])),
		FirstToken: span(num(v[15])), Total: span(num(v[16])), Cost: num(v[17]), Priced: v[17] != nil,
		Tokens: Tokens{
			Input: num(v[18]), CacheRead: num(v[19]), CacheWrite: num(v[20]), Output: num(v[21]), Reasoning: num(v[22]), Estimated: num(v[23]) != 0,
			CacheWriteHour: num(v[25]), Images: num(v[26]),
		},
		Failed: num(v[24]), FailedPriced: v[24] != nil, Resumed: str(v[27]), Dropped: int(num(v[28])), Saved: num(v[29]),
	}
}
