package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Is is what a query says of what is so or not.
type Is uint8

// What a query may say.
const (
	Either Is = iota
	Yes
	No
)

// lets tells whether a value is what is asked for.
func (is Is) lets(v bool) bool { return is == Either || v == (is == Yes) }

// Query says which decisions. The zero value: the newest. Of each field the zero value is any.
type Query struct {
	// Before and After bound the seq, neither included; 0 is no bound.
	Before, After int64
	// Limit is how many. In a page 0 is 50, and 500 the most; else 0 is all.
	Limit int
	// Docs: with their documents. Pages have none.
	Docs bool

	// From is the earliest time at which an exchange began, To that after the latest.
	From, To time.Time

	// What a decision must have.
	Provider, Model, Outcome, Key, Route, Strategy, Cache string
	// Asked is the model as the caller wrote it.
	Asked string
	// Cause is how one of the attempts ended: rate_limited.
	Cause string
	// ID is how the decision's ID begins.
	ID     string
	Status int

	Stream   Is
	Fallback Is // it took more than one attempt
	Unpriced Is // what the answer cost is not known

	// What the answer cost, in micro-dollars: at least and at most. Unpriced ones are not meant.
	CostMin, CostMax int64
	// The times at least. A decision without a first token has none.
	TotalMin, FirstMin time.Duration

	failed bool // an attempt did not end well; for queries of attempts
}

// Match tells whether an entry is one that q means, whatever Before, After and Limit say.
func (q *Query) Match(e *Entry) bool {
	d := &e.Decision
	is := func(want, v string) bool { return want == "" || want == v }
	cost := d.Priced || q.CostMin <= 0 && q.CostMax <= 0
	return is(q.Provider, d.Provider) && is(q.Model, d.Model) && is(q.Outcome, d.Outcome) && is(q.Key, d.Key) &&
		is(q.Route, d.Route) && is(q.Strategy, d.Strategy) && is(q.Cache, d.Cache) && is(q.Asked, d.Asked) &&
		(q.From.IsZero() || !d.At.Before(q.From)) && (q.To.IsZero() || d.At.Before(q.To)) &&
		strings.HasPrefix(d.ID, q.ID) && (q.Status == 0 || q.Status == d.Status) &&
		q.Stream.lets(d.Stream) && q.Fallback.lets(d.Attempts > 1) && q.Unpriced.lets(!d.Priced) &&
		cost && d.Cost >= q.CostMin && (q.CostMax <= 0 || d.Cost <= q.CostMax) &&
		d.Total >= q.TotalMin && d.FirstToken >= q.FirstMin &&
		(q.Cause == "" || slices.ContainsFunc(e.Attempts, func(a Attempt) bool { return a.Outcome == q.Cause }))
}

// search is a query as it is looked for.
type search struct {
	Query
	kinds []int64 // those meant, in order; nil if all are
	where string  // what a row must be, behind bounds of seq ?1 and ?2
	args  []driver.NamedValue
	plain bool // every decision is meant
}

// kindFilter is what a filter says of a kind.
type kindFilter struct {
	provider, model, outcome, key, route, strategy, cache string
}

func (q *Query) kind() kindFilter {
	return kindFilter{q.Provider, q.Model, q.Outcome, q.Key, q.Route, q.Strategy, q.Cache}
}

// newSearch looks up the kinds that q means. ok is false if nothing can be found.
func newSearch(ctx context.Context, c querier, q Query) (s *search, ok bool, err error) {
	s = &search{Query: q, plain: true}
	var where strings.Builder
	if f := q.kind(); f != (kindFilter{}) {
		err := rowsOf(ctx, c, `SELECT k.id FROM kinds k JOIN endpoints e ON e.id = k.endpoint
			WHERE (?1 = '' OR e.provider = ?1) AND (?2 = '' OR e.model = ?2) AND (?3 = '' OR k.outcome = ?3) AND (?4 = '' OR k.key = ?4)
			AND (?5 = '' OR k.route = ?5) AND (?6 = '' OR k.strategy = ?6) AND (?7 = '' OR k.cache = ?7) ORDER BY k.id`,
			texts(nil, f.provider, f.model, f.outcome, f.key, f.route, f.strategy, f.cache),
			func(v []driver.Value) error {
				s.kinds = append(s.kinds, num(v[0]))
				return nil
			})
		if err != nil || len(s.kinds) == 0 {
			return nil, false, err
		}
		s.also(&where, "d.kind IN (SELECT value FROM json_each(?))", array(s.kinds))
	}
	s.conditions(&where)
	s.where = where.String()
	return s, true, nil
}

// conditions adds what a row must be, its kind aside.
func (s *search) conditions(where *strings.Builder) {
	q := &s.Query
	if !q.From.IsZero() {
		s.also(where, "d.at >= ?", ceilMicro(q.From))
	}
	if !q.To.IsZero() {
		s.also(where, "d.at < ?", ceilMicro(q.To))
	}
	if q.Asked != "" {
		s.also(where, "d.asked = ?", q.Asked)
	}
	if q.ID != "" {
		s.also(where, "substr(d.id, 1, "+strconv.Itoa(len([]rune(q.ID)))+") = ?", q.ID)
	}
	if q.Status != 0 {
		s.also(where, "d.status = ?", int64(q.Status))
	}
	for _, is := range []struct {
		Is
		yes, no string
	}{
		{q.Stream, "d.stream = 1", "d.stream = 0"},
		{q.Fallback, "d.attempts > 1", "d.attempts <= 1"},
		{q.Unpriced, "d.cost IS NULL", "d.cost IS NOT NULL"},
	} {
		switch is.Is {
		case Yes:
			s.also(where, is.yes)
		case No:
			s.also(where, is.no)
		}
	}
	if q.CostMin > 0 {
		s.also(where, "d.cost >= ?", q.CostMin)
	}
	if q.CostMax > 0 {
		s.also(where, "d.cost <= ?", q.CostMax)
	}
	if q.TotalMin > 0 {
		s.also(where, "d.total >= ?", micros(q.TotalMin))
	}
	if q.FirstMin > 0 {
		s.also(where, "d.first >= ?", micros(q.FirstMin))
	}
	if q.Cause != "" {
		s.also(where, "d.seq IN (SELECT a.seq FROM attempts a WHERE a.seq BETWEEN ?1 AND ?2 AND a.outcome = ?)", q.Cause)
	}
	if q.failed {
		s.also(where, "a.outcome <> 'ok'")
	}
}

// also adds what a row must be. Its ? is numbered on behind the bounds of seq.
func (s *search) also(to *strings.Builder, condition string, args ...driver.Value) {
	s.plain = false
	to.WriteString(" AND ")
	for _, v := range args {
		s.args = append(s.args, driver.NamedValue{Value: v})
		i := strings.LastIndexByte(condition, '?')
		condition = condition[:i+1] + strconv.Itoa(len(s.args)+2) + condition[i+1:]
	}
	to.WriteString(condition)
}

// ceilMicro is the first microsecond that is not before t: that is what times are kept to.
func ceilMicro(t time.Time) int64 {
	micro := t.UnixMicro()
	if time.UnixMicro(micro).Before(t) {
		micro++
	}
	return micro
}

// array is the numbers as JSON.
func array(numbers []int64) string {
	b := []byte{'['}
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, n, 10)
	}
	return string(append(b, ']'))
}
