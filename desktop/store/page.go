package store

import (
	"context"
	"database/sql"
	"math"
	"slices"
	"strconv"
)

// Query says which decisions. The zero value: the newest.
type Query struct {
	// Before and After bound the seq, neither included; 0 is no bound.
	Before, After int64
	// Limit is how many; 0 is 50, and 500 the most.
	Limit int
	// Provider, Model and Outcome are what a decision must have; empty is any.
	Provider, Model, Outcome string
}

const (
	defaultPage = 50
	maxPage     = 500
	// maxKinds is up to how many kinds are searched one by one. A filter that more of
	// them meet is met by so many decisions that reading backwards soon fills a page.
	maxKinds = 500
)

const decisionColumns = `d.seq, d.id, d.at, d.asked, e.model, e.provider, e.name, k.strategy, k.key, k.route, k.cache,
	d.status, k.outcome, d.stream, d.attempts, d.first, d.total, d.cost,
	d.input, d.cache_read, d.cache_write, d.output, d.reasoning, d.estimated, d.failed, d.cache_write_1h, d.images, d.resumed, d.dropped`

// pageQuery reads lists. The lookup tables come behind, or the planner might begin with
// one and sort.
const pageQuery = "SELECT " + decisionColumns + `
	FROM decisions d CROSS JOIN kinds k ON k.id = d.kind CROSS JOIN endpoints e ON e.id = k.endpoint
	WHERE d.seq < ? AND d.seq > ?`

const matches = `(?1 = '' OR e.provider = ?1) AND (?2 = '' OR e.model = ?2) AND (?3 = '' OR k.outcome = ?3)`

// Decisions are the decisions that q asks for, newest first, without their documents. A
// page behind is asked for with Before, the seq of the last row; what came since with
// After, the seq of the first, and if that fills the page, the gap with both.
func (s *Store) Decisions(ctx context.Context, q Query) ([]Decision, error) {
	if s == nil {
		return nil, nil
	}
	if q.Before <= 0 {
		q.Before = math.MaxInt64
	}
	if q.Limit <= 0 {
		q.Limit = defaultPage
	}
	q.Limit = min(q.Limit, maxPage)
	if q.Provider == "" && q.Model == "" && q.Outcome == "" {
		return s.list(ctx, pageQuery+" ORDER BY d.seq DESC LIMIT ?", q.Before, q.After, q.Limit)
	}
	return s.filtered(ctx, q)
}

// filtered finds the kinds that match, then each one's newest decisions in the index,
// where they stand in order, and reads the newest of all. However rare a match is, that
// reads a page for each kind at most.
func (s *Store) filtered(ctx context.Context, q Query) ([]Decision, error) {
	kinds, err := s.numbers(ctx, "SELECT k.id FROM kinds k JOIN endpoints e ON e.id = k.endpoint WHERE "+matches,
		q.Provider, q.Model, q.Outcome)
	if err != nil {
		return nil, wrap("decisions", err)
	}
	if len(kinds) == 0 {
		return nil, nil
	}
	if len(kinds) > maxKinds {
		return s.list(ctx, pageQuery+" AND (?4 = '' OR e.provider = ?4) AND (?5 = '' OR e.model = ?5) AND (?6 = '' OR k.outcome = ?6)"+
			" ORDER BY d.seq DESC LIMIT ?3", q.Before, q.After, q.Limit, q.Provider, q.Model, q.Outcome)
	}
	seqs, err := s.newest(ctx, kinds, q)
	if err != nil {
		return nil, wrap("decisions", err)
	}
	if len(seqs) == 0 {
		return nil, nil
	}
	return s.list(ctx, pageQuery+" AND d.seq IN (SELECT value FROM json_each(?)) ORDER BY d.seq DESC",
		q.Before, q.After, array(seqs))
}

// newest are the seqs of the newest decisions of these kinds, newest first.
func (s *Store) newest(ctx context.Context, kinds []int64, q Query) ([]int64, error) {
	find, err := s.read.PrepareContext(ctx, `SELECT seq FROM decisions INDEXED BY decisions_kind
		WHERE kind = ? AND seq < ? AND seq > ? ORDER BY seq DESC LIMIT ?`)
	if err != nil {
		return nil, err
	}
	defer find.Close()
	var seqs []int64
	after := q.After
	for _, kind := range kinds {
		rows, err := find.QueryContext(ctx, kind, q.Before, after, q.Limit)
		if err != nil {
			return nil, err
		}
		had := len(seqs)
		if seqs, err = collect(rows, seqs); err != nil {
			return nil, err
		}
		if len(seqs) == had {
			continue
		}
		slices.Sort(seqs)
		slices.Reverse(seqs)
		if len(seqs) >= q.Limit {
			seqs = seqs[:q.Limit]
			after = seqs[q.Limit-1] // nothing older is on the page
		}
	}
	return seqs, nil
}

// numbers runs a query for integers.
func (s *Store) numbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return collect(rows, nil)
}

// collect appends the rows' integers and closes the rows.
func collect(rows *sql.Rows, to []int64) ([]int64, error) {
	defer rows.Close()
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return to, err
		}
		to = append(to, n)
	}
	return to, rows.Err()
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

// list runs a query for decisionColumns.
func (s *Store) list(ctx context.Context, query string, args ...any) ([]Decision, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, wrap("decisions", err)
	}
	defer rows.Close()
	var list []Decision
	for rows.Next() {
		var d Decision
		if err := scanDecision(rows, &d); err != nil {
			return nil, wrap("decisions", err)
		}
		list = append(list, d)
	}
	return list, wrap("decisions", rows.Err())
}

// scanDecision reads decisionColumns, and more if there are.
func scanDecision(row interface{ Scan(...any) error }, d *Decision, more ...any) error {
	var (
		at, total           int64
		first, cost, failed sql.NullInt64
		resumed             sql.NullString
	)
	u := &d.Tokens
	err := row.Scan(append([]any{
		&d.Seq, &d.ID, &at, &d.Asked, &d.Model, &d.Provider, &d.Endpoint, &d.Strategy, &d.Key, &d.Route, &d.Cache,
		&d.Status, &d.Outcome, &d.Stream, &d.Attempts, &first, &total, &cost,
		&u.Input, &u.CacheRead, &u.CacheWrite, &u.Output, &u.Reasoning, &u.Estimated, &failed, &u.CacheWriteHour, &u.Images, &resumed, &d.Dropped,
	}, more...)...)
	if err != nil {
		return err
	}
	d.At, d.FirstToken, d.Total = moment(at), span(first.Int64), span(total)
	d.Cost, d.Priced = cost.Int64, cost.Valid
	d.Failed, d.FailedPriced = failed.Int64, failed.Valid
	d.Resumed = resumed.String
	return nil
}
