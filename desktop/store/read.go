package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"math"
	"slices"
	"time"

	"strowger/core/llm"
	"strowger/core/stats"
)

// maxAttemptsRead is the most Attempts returns.
const maxAttemptsRead = 5000

// LastSeq is the highest seq that the database has ever held, 0 if there was none: a seq is not
// given twice, though all decisions may have been deleted. What is queued does not count: it is
// asked once, before the first Add.
func (s *Store) LastSeq(ctx context.Context) (int64, error) {
	if s == nil {
		return 0, nil
	}
	var seq int64
	err := s.read.QueryRowContext(ctx, "SELECT max(coalesce((SELECT max(seq) FROM decisions), 0), coalesce(("+readMark+"), 0))").Scan(&seq)
	return seq, wrap("last seq", err)
}

// Decision is the recorded decision of that ID, with its document; ErrNotFound if there
// is none (yet: what is queued is not found).
func (s *Store) Decision(ctx context.Context, id string) (Decision, error) {
	if s == nil {
		return Decision{}, ErrNotFound
	}
	var found []Decision
	err := s.snapshot(ctx, func(c querier) error {
		return rowsOf(ctx, c, "SELECT "+decisionColumns+", "+readDoc+` FROM decisions d CROSS JOIN kinds k ON k.id = d.kind
			CROSS JOIN endpoints e ON e.id = k.endpoint`+withDocs+" WHERE d.id = ? ORDER BY d.seq DESC LIMIT 1", texts(nil, id),
			func(v []driver.Value) error {
				d := decisionOf(v)
				d.Doc = blob(v[len(v)-1])
				found = append(found, d)
				return nil
			})
	})
	if err != nil {
		return Decision{}, wrap("decision", err)
	}
	if len(found) == 0 {
		return Decision{}, ErrNotFound
	}
	return found[0], nil
}

// sampleQuery reads the samples of a table whose rows are of a seq, from ?1 on, oldest first.
const sampleQuery = `
SELECT e.name, s.at, s.outcome, s.flags, s.status, s.first, s.total,
       s.input, s.cache_read, s.cache_write, s.output, s.reasoning, s.images, s.cost, s.retry_at, s.cache_write_1h, s.account,
       p.input, p.cache_read, p.cache_write, p.cache_write_1h, p.output, p.reasoning, p.request, p.image, s.%[2]s, s.n
FROM %[1]s s CROSS JOIN endpoints e ON e.id = s.endpoint LEFT JOIN prices p ON p.id = s.price
WHERE s.%[2]s >= ?1 AND s.at >= ?2
ORDER BY s.%[2]s, s.n`

// The seqs from which on there are about so many samples. That of samples does not ask the view, which
// SQLite would read as a whole and sort.
const (
	edgeSamplesFrom = "SELECT batch FROM edge_samples ORDER BY batch DESC, n DESC LIMIT 1 OFFSET ?"
	samplesFrom     = "SELECT seq FROM sample_rows UNION ALL SELECT seq FROM decisions WHERE took IS NOT NULL ORDER BY 1 DESC LIMIT 1 OFFSET ?"
)

// A sample's time is that of its attempt's end, and its seq follows that of its exchange's. They are
// read in stretches and given in the order of the times, so that of a busy day not all are in memory
// at once: one that ended more than an hour before the exchange did may come late.
const (
	sampleStretch = 2048
	sampleSlack   = time.Hour
)

// Samples gives each the newest samples of this host, about limit of them, and as many that came from edge
// hosts (all if 0 or less), that are not older than since, in the order of their times, oldest first. It ends at the first error of each
// and returns that. each may call the store.
func (s *Store) Samples(ctx context.Context, since time.Time, limit int, each func(stats.Sample) error) error {
	if s == nil {
		return nil
	}
	if limit <= 0 {
		limit = math.MaxInt32
	}
	var list []stats.Sample
	var failed error // of each
	give := func(before time.Time) error {
		slices.SortStableFunc(list, func(a, b stats.Sample) int { return a.At.Compare(b.At) })
		n := 0
		for ; n < len(list) && list[n].At.Before(before); n++ {
			if failed = each(list[n]); failed != nil {
				return failed
			}
		}
		list = slices.Delete(list, 0, n)
		return nil
	}
	err := s.snapshot(ctx, func(c querier) error {
		read := func(table, seq, from string, row func([]driver.Value) error) error {
			first, err := numberOf(ctx, c, from, int64(limit)-1)
			if err != nil {
				return err
			}
			return rowsOf(ctx, c, fmt.Sprintf(sampleQuery, table, seq), integers(nil, first, since.UnixMicro()), row)
		}
		err := read("edge_samples", "batch", edgeSamplesFrom, func(v []driver.Value) error {
			list = append(list, sampleOf(v))
			return nil
		})
		if err != nil {
			return err
		}
		next := len(list) + sampleStretch
		err = read("samples", "seq", samplesFrom, func(v []driver.Value) error {
			m := sampleOf(v)
			if list = append(list, m); len(list) < next {
				return nil
			}
			err := give(m.At.Add(-sampleSlack))
			next = len(list) + sampleStretch
			return err
		})
		if err != nil {
			return err
		}
		return give(time.Unix(math.MaxInt32, 0).AddDate(1000, 0, 0))
	})
	if failed != nil {
		return failed
	}
	return wrap("samples", err)
}

// sampleOf is the sample of a row of sampleQuery.
func sampleOf(v []driver.Value) stats.Sample {
	flags := num(v[3])
	m := stats.Sample{
		Endpoint: str(v[0]), At: moment(num(v[1])), Outcome: stats.OutcomeNamed(str(v[2])),
		Stream: flags&flagStream != 0, Resumed: flags&flagResumed != 0, Account: str(v[16]),
		Status: int(num(v[4])), FirstToken: span(num(v[5])), Total: span(num(v[6])), Cost: num(v[13]),
		Usage: llm.Usage{Known: flags&flagKnown != 0, Estimated: flags&flagEstimated != 0,
			Input: num(v[7]), CacheRead: num(v[8]), CacheWrite: num(v[9]), CacheWriteHour: num(v[15]), Output: num(v[10]), Reasoning: num(v[11]), Images: num(v[12])},
		Price: stats.Price{Known: v[17] != nil, Input: num(v[17]), CacheRead: num(v[18]), CacheWrite: num(v[19]), CacheWriteHour: num(v[20]),
			Output: num(v[21]), Reasoning: num(v[22]), Request: num(v[23]), Image: num(v[24])},
	}
	if v[14] != nil {
		m.RetryAt = moment(num(v[14]))
	}
	return m
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
