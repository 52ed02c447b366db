// Package impact says what a configuration would have changed: recorded decisions are made again
// under it, and what was chosen, what it cost and how long it took is held against what would have
// been. Nothing is sent.
//
// The request, the prices and what was measured of the endpoints are those of the record. What an
// answer of another endpoint would have cost is its price of the recorded tokens; how long it would
// have taken is what was measured there on average when it was decided. What that leaves out is
// said in docs/reference/replay.md.
//
//	result, err := impact.Compare(ctx, impact.Of(db, query), impact.Catalogs{After: cat}, nil)
package impact

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"strowger/core/catalog"
	"strowger/desktop/store"
)

// The bounds of a result's lists.
const (
	MaxExamples = 50
	MaxMoves    = 50
)

// Result is what differs. Times are µs, money is micro-dollars.
type Result struct {
	Decisions  int64 `json:"decisions"`  // that were looked at
	Recomputed int64 `json:"recomputed"` // Changed and Unchanged
	Changed    int64 `json:"changed"`    // another endpoint goes first, or none
	Unchanged  int64 `json:"unchanged"`
	Refused    int64 `json:"refused"` // would be refused, of those recomputed
	// Cost and Time are of requests that were served, as far as both sides are known.
	Cost Figure `json:"cost_micro"`
	Time Figure `json:"time_us"`
	// Observed is how many of those that would be served go first to an endpoint that had been
	// measured when it was decided, permille; of the others no time is known.
	Observed int64     `json:"observed_permille"`
	Examples []Example `json:"examples"` // the first MaxExamples that changed
	By       []Move    `json:"by"`       // the most frequent first, at most MaxMoves
	Without  []Reason  `json:"not_recomputed"`
}

// Example is a decision that comes out otherwise.
type Example struct {
	ID     string `json:"id"`
	Seq    int64  `json:"seq"`
	Asked  string `json:"asked"`
	Before string `json:"before"` // endpoint that goes first; "": it is refused
	After  string `json:"after"`
	Why    string `json:"why"` // it goes first, or is refused
}

// Move is from which endpoint first to which; "": the request is refused.
type Move struct {
	From     string `json:"from"`
	To       string `json:"to"`
	Requests int64  `json:"requests"`
}

// Reason says why decisions cannot be made again, and of how many that is so.
type Reason struct {
	Why string `json:"why"`
	N   int64  `json:"n"`
}

// Catalogs are what decisions are made under. Before may be nil: as each was decided.
type Catalogs struct{ Before, After *catalog.Catalog }

// Decisions gives recorded decisions with their documents to each, until it returns an error, and
// returns that.
type Decisions func(ctx context.Context, each func(store.Decision) error) error

// Of are the decisions that q means, newest first.
func Of(db *store.Store, q store.Query) Decisions {
	q.Docs = true
	return func(ctx context.Context, each func(store.Decision) error) error {
		if db == nil {
			return store.ErrNoStore
		}
		return db.Each(ctx, q, each)
	}
}

// Count is how many decisions Of gives, for a progress: at most, where counting takes too long.
func Count(ctx context.Context, db *store.Store, q store.Query) (int64, error) {
	if db == nil {
		return 0, store.ErrNoStore
	}
	t, err := db.Count(ctx, q)
	if most := int64(q.Limit); most > 0 && (t.N > most || t.Next != 0) {
		t.N = most
	}
	return t.N, err
}

// Compare makes decisions again and adds up what differs. It holds one decision at a time and ends
// early when ctx is done, with its error. progress, which may be nil, is called after each.
func Compare(ctx context.Context, all Decisions, under Catalogs, progress func(done int64)) (*Result, error) {
	c := comparison{under: under, moves: map[Move]int64{}, without: map[string]int64{}}
	err := all(ctx, func(d store.Decision) error {
		c.add(&d)
		if progress != nil {
			progress(c.Decisions)
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	return c.result(), nil
}

// comparison adds up.
type comparison struct {
	Result
	under      Catalogs
	cost, time sum
	served     int64 // would be
	observed   int64
	moves      map[Move]int64 // with Requests 0
	without    map[string]int64
}

// add compares one more decision.
func (c *comparison) add(d *store.Decision) {
	c.Decisions++
	record, why := read(d.Doc)
	var before, after choice
	if why == "" {
		after, why = choose(record, c.under.After)
	}
	if why == "" {
		if before, why = recorded(record), ""; c.under.Before != nil {
			before, why = choose(record, c.under.Before)
		}
	}
	if why != "" {
		c.without[why]++
		return
	}
	c.Recomputed++
	if after.first == "" {
		c.Refused++
	} else {
		c.served++
		if after.first == recorded(record).first || after.measured(d) {
			c.observed++
		}
	}
	if before.first == after.first {
		c.Unchanged++
	} else {
		c.Changed++
		c.count(d, &before, &after)
	}
	if served(d) {
		was := recorded(record).first
		c.cost.add(before.cost(d, was), after.cost(d, was))
		c.time.add(before.time(d, was), after.time(d, was))
	}
}

// count notes a decision that comes out otherwise. There are as many kinds of moves as pairs of
// endpoints at most.
func (c *comparison) count(d *store.Decision, before, after *choice) {
	c.moves[Move{From: before.first, To: after.first}]++
	if len(c.Examples) < MaxExamples {
		c.Examples = append(c.Examples, Example{d.ID, d.Seq, d.Asked, before.first, after.first, after.why()})
	}
}

// result is the comparison with its lists in order.
func (c *comparison) result() *Result {
	r := c.Result
	r.Cost, r.Time = c.cost.figure(), c.time.figure()
	if r.By, r.Without = []Move{}, []Reason{}; r.Examples == nil {
		r.Examples = []Example{}
	}
	for m, n := range c.moves {
		r.By = append(r.By, Move{m.From, m.To, n})
	}
	slices.SortFunc(r.By, func(x, y Move) int {
		return cmp.Or(cmp.Compare(y.Requests, x.Requests), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	r.By = r.By[:min(len(r.By), MaxMoves)]
	for _, why := range slices.Sorted(maps.Keys(c.without)) {
		r.Without = append(r.Without, Reason{why, c.without[why]})
	}
	if c.served > 0 {
		r.Observed = c.observed * 1000 / c.served
	}
	return &r
}
