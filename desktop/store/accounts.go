package store

import (
	"context"
	"fmt"
	"time"
)

// spentFor is how long a window is kept after its beginning: longer than any lasts, by
// enough for a clock that is somewhat wrong.
const spentFor = 100 * 24 * time.Hour

// fold counts what was reserved as spent, and forgets windows that are long over: seen
// from the newest, too, so that a clock far ahead forgets nothing by itself.
const fold = `
INSERT INTO spent (account, per, start, micro)
	SELECT account, per, start, sum(micro) FROM reserved WHERE true GROUP BY account, per, start
	ON CONFLICT DO UPDATE SET ` + addUp + `;
DELETE FROM reserved;
DELETE FROM spent WHERE start < min(%d, (SELECT max(start) FROM spent)) - %d`

// Accounts is what was spent, by account and window, oldest window first. The host asks
// once, before the first Reserve, and holds the folder's Lock: what requests of a
// previous run have reserved and not settled becomes spent then, and is told. Asked
// later it reads only, without what is reserved or about to be written.
func (s *Store) Accounts(ctx context.Context) ([]AccountSpent, error) {
	if s == nil {
		return nil, fmt.Errorf("reading accounts: %w", ErrNoStore)
	}
	orphaned := map[window]int64{}
	err := s.conn.transact(ctx, func() error {
		if s.money.begun {
			return nil
		}
		err := s.sums(ctx, "SELECT account, per, start, sum(micro) FROM reserved GROUP BY account, per, start",
			func(w window, micro int64) { orphaned[w] = micro })
		if err != nil {
			return err
		}
		return s.conn.exec(ctx, fmt.Sprintf(fold, time.Now().Unix(), int64(spentFor/time.Second)))
	})
	if err != nil {
		return nil, wrap("accounts", err)
	}
	var list []AccountSpent
	err = s.sums(ctx, "SELECT account, per, start, micro FROM spent ORDER BY start, account, per",
		func(w window, micro int64) {
			a := Account{Name: w.name, Per: w.per, Start: time.Unix(w.start, 0).UTC()}
			list = append(list, AccountSpent{Account: a, Spent: micro, Orphaned: orphaned[w]})
		})
	return list, wrap("accounts", err)
}

// Spent is what was spent and is reserved now, by account and window, oldest window first.
// It only reads, and so is for those who do not hold the folder's Lock.
func (s *Store) Spent(ctx context.Context) ([]AccountSpent, error) {
	if s == nil {
		return nil, fmt.Errorf("reading accounts: %w", ErrNoStore)
	}
	var list []AccountSpent
	err := s.sums(ctx, `SELECT account, per, start, sum(micro) FROM
		(SELECT account, per, start, micro FROM spent UNION ALL SELECT account, per, start, micro FROM reserved)
		GROUP BY start, account, per ORDER BY start, account, per`,
		func(w window, micro int64) {
			list = append(list, AccountSpent{Account: Account{Name: w.name, Per: w.per, Start: time.Unix(w.start, 0).UTC()}, Spent: micro})
		})
	return list, wrap("accounts", err)
}

// sums runs a query for windows with their money.
func (s *Store) sums(ctx context.Context, query string, each func(window, int64)) error {
	rows, err := s.read.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var w window
		var micro int64
		if err := rows.Scan(&w.name, &w.per, &w.start, &micro); err != nil {
			return err
		}
		each(w, micro)
	}
	return rows.Err()
}
