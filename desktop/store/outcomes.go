package store

import (
	"context"
	"database/sql/driver"
	"slices"
	"time"

	"strowger/core/stats"
)

// Outcomes are how the attempts of exchanges ended that began from from on and before to, in the
// order of their ends: of a sample what circuits and limits are judged by, and no more. They are
// the newest, at most limit and as many as can be read in the time that a page may take. What edge
// hosts have measured is not among them. More says that there are older ones.
func (s *Store) Outcomes(ctx context.Context, from, to time.Time, limit int) (all []stats.Sample, more bool, err error) {
	if s == nil {
		return nil, false, nil
	}
	names := map[int64]string{}
	err = s.snapshot(ctx, func(c querier) error {
		err := rowsOf(ctx, c, "SELECT id, name FROM endpoints", nil, func(v []driver.Value) error {
			names[num(v[0])] = str(v[1])
			return nil
		})
		if err != nil {
			return err
		}
		next, err := s.scan(ctx, c, Query{From: from, To: to}, s.look, `SELECT s.endpoint, s.at, s.outcome, s.first, s.total, s.retry_at, s.account
			FROM samples s CROSS JOIN decisions d ON d.seq = s.seq WHERE s.seq BETWEEN ?1 AND ?2`, " ORDER BY s.seq DESC, s.n DESC", func(v []driver.Value) (bool, error) {
			m := stats.Sample{Endpoint: names[num(v[0])], At: moment(num(v[1])), Outcome: stats.OutcomeNamed(str(v[2])),
				FirstToken: span(num(v[3])), Total: span(num(v[4])), Account: str(v[6])}
			if at := num(v[5]); at != 0 {
				m.RetryAt = moment(at)
			}
			all = append(all, m)
			return len(all) >= limit, nil
		})
		more = next > 0 || len(all) >= limit
		return err
	})
	slices.Reverse(all)
	slices.SortStableFunc(all, func(a, b stats.Sample) int { return a.At.Compare(b.At) })
	return all, more, wrap("samples", err)
}
