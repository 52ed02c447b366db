package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"strowger/core/stats"
)

// maxAttemptsRead is the most Attempts returns.
const maxAttemptsRead = 5000

// LastSeq is the highest seq in the database, 0 if there is none. What is queued does
// not count: it is asked once, before the first Add.
func (s *Store) LastSeq(ctx context.Context) (int64, error) {
	if s == nil {
		return 0, nil
	}
	var seq int64
	err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(seq), 0) FROM decisions").Scan(&seq)
	return seq, wrap("last seq", err)
}

// Decision is the recorded decision of that ID, with its document; ErrNotFound if there
// is none (yet: what is queued is not found).
func (s *Store) Decision(ctx context.Context, id string) (Decision, error) {
	if s == nil {
		return Decision{}, ErrNotFound
	}
	var d Decision
	row := s.read.QueryRowContext(ctx, "SELECT "+decisionColumns+`, o.doc
		FROM decisions d CROSS JOIN kinds k ON k.id = d.kind CROSS JOIN endpoints e ON e.id = k.endpoint
		LEFT JOIN docs o ON o.seq = d.seq WHERE d.id = ? ORDER BY d.seq DESC LIMIT 1`, id)
	err := scanDecision(row, &d, &d.Doc)
	if errors.Is(err, sql.ErrNoRows) {
		return Decision{}, ErrNotFound
	}
	return d, wrap("decision", err)
}

const sampleQuery = `
SELECT e.name, s.at, s.outcome, s.flags, s.status, s.first, s.total,
       s.input, s.cache_read, s.cache_write, s.output, s.reasoning, s.images, s.cost, s.retry_at, s.cache_write_1h, s.account,
       p.input, p.cache_read, p.cache_write, p.cache_write_1h, p.output, p.reasoning, p.request, p.image
FROM (SELECT * FROM (SELECT seq, n, ` + sampleColumns + ` FROM samples ORDER BY seq DESC, n DESC LIMIT ?1)
      UNION ALL
      SELECT * FROM (SELECT batch, n, ` + sampleColumns + ` FROM edge_samples ORDER BY batch DESC, n DESC LIMIT ?1)) s
CROSS JOIN endpoints e ON e.id = s.endpoint
LEFT JOIN prices p ON p.id = s.price
WHERE s.at >= ?2
ORDER BY s.at, s.seq, s.n`

// Samples gives each the newest limit samples of this host, and as many that came from edge
// hosts (all if 0 or less), that are not older than since, in the order of their times, oldest first. It ends at the first error of each
// and returns that. each may call the store.
func (s *Store) Samples(ctx context.Context, since time.Time, limit int, each func(stats.Sample) error) error {
	if s == nil {
		return nil
	}
	if limit <= 0 {
		limit = -1
	}
	rows, err := s.read.QueryContext(ctx, sampleQuery, limit, since.UnixMicro())
	if err != nil {
		return wrap("samples", err)
	}
	defer rows.Close()
	for rows.Next() {
		m, err := scanSample(rows)
		if err != nil {
			return wrap("samples", err)
		}
		if err := each(m); err != nil {
			return err
		}
	}
	return wrap("samples", rows.Err())
}

func scanSample(rows *sql.Rows) (stats.Sample, error) {
	var (
		m                    stats.Sample
		at, flags, total     int64
		outcome              string
		first, cost, retryAt sql.NullInt64
		account              sql.NullString
		price                [8]sql.NullInt64
	)
	u := &m.Usage
	err := rows.Scan(&m.Endpoint, &at, &outcome, &flags, &m.Status, &first, &total,
		&u.Input, &u.CacheRead, &u.CacheWrite, &u.Output, &u.Reasoning, &u.Images, &cost, &retryAt, &u.CacheWriteHour, &account,
		&price[0], &price[1], &price[2], &price[3], &price[4], &price[5], &price[6], &price[7])
	if err != nil {
		return m, err
	}
	m.At = moment(at)
	m.Outcome = stats.OutcomeNamed(outcome)
	m.Stream = flags&flagStream != 0
	m.Account, m.Resumed = account.String, flags&flagResumed != 0
	u.Known = flags&flagKnown != 0
	u.Estimated = flags&flagEstimated != 0
	m.FirstToken, m.Total = span(first.Int64), span(total)
	m.Cost = cost.Int64
	if retryAt.Valid {
		m.RetryAt = moment(retryAt.Int64)
	}
	m.Price = stats.Price{
		Known: price[0].Valid,
		Input: price[0].Int64, CacheRead: price[1].Int64, CacheWrite: price[2].Int64, CacheWriteHour: price[3].Int64,
		Output: price[4].Int64, Reasoning: price[5].Int64, Request: price[6].Int64, Image: price[7].Int64,
	}
	return m, nil
}

// Attempts are the attempts of the decisions from seq first to last, both included, in
// order, at most 5000 of them.
func (s *Store) Attempts(ctx context.Context, first, last int64) ([]Attempt, error) {
	if s == nil {
		return nil, nil
	}
	rows, err := s.read.QueryContext(ctx, `
		SELECT a.seq, a.n, e.name, e.provider, e.model, a.outcome, a.status, a.start, a.first, a.total, a.error
		FROM attempts a CROSS JOIN endpoints e ON e.id = a.endpoint
		WHERE a.seq BETWEEN ? AND ? ORDER BY a.seq, a.n LIMIT ?`, first, last, maxAttemptsRead)
	if err != nil {
		return nil, wrap("attempts", err)
	}
	defer rows.Close()
	var list []Attempt
	for rows.Next() {
		var (
			a            Attempt
			start, total int64
			token        sql.NullInt64
			text         sql.NullString
		)
		if err := rows.Scan(&a.Seq, &a.N, &a.Endpoint, &a.Provider, &a.Model, &a.Outcome, &a.Status, &start, &token, &total, &text); err != nil {
			return nil, wrap("attempts", err)
		}
		a.Start, a.FirstToken, a.Total = span(start), span(token.Int64), span(total)
		a.Error = text.String
		list = append(list, a)
	}
	return list, wrap("attempts", rows.Err())
}

func moment(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

func span(micros int64) time.Duration { return time.Duration(micros) * time.Microsecond }

// wrap says what was read when it failed.
func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: reading %s: %w", what, err)
}
