package store

import (
	"context"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"time"
)

// pruner deletes what is old.
type pruner struct {
	conn   *conn
	tables [5]stmt // decisions last: it tells which
	counts [5]stmt // of what is gone
	bodies stmt    // the oldest
}

func newPruner(c *conn) (*pruner, error) {
	p := &pruner{conn: c}
	for i, name := range []string{"doc_rows", "attempt_rows", "sample_rows", "bodies", "decisions"} {
		var err error
		p.tables[i], err = c.prepare("DELETE FROM " + name +
			" WHERE seq IN (SELECT seq FROM decisions INDEXED BY decisions_at WHERE at < ? ORDER BY at LIMIT ?)")
		if err != nil {
			return nil, err
		}
	}
	for i, text := range []string{
		// The oldest come first: the others are not looked at.
		"DELETE FROM blocks WHERE block IN (SELECT block FROM (SELECT block, newest FROM blocks ORDER BY block LIMIT ?2) WHERE newest < ?1)",
		"DELETE FROM hours WHERE at IN (SELECT at FROM hours WHERE at <= ?1 / 1000000 - 3600 LIMIT ?2)",
		"DELETE FROM sums WHERE at IN (SELECT at FROM sums WHERE at <= ?1 / 1000000 - 3600 LIMIT ?2)",
		"DELETE FROM minutes WHERE at IN (SELECT at FROM minutes WHERE at <= ?1 / 1000000 - 60 LIMIT ?2)",
		// Out of use before that: another has come since.
		"DELETE FROM catalogs WHERE rev IN (SELECT c.rev FROM catalogs c WHERE EXISTS (SELECT 1 FROM catalogs n WHERE n.used > c.used AND n.used < ?1) LIMIT ?2)",
	} {
		var err error
		if p.counts[i], err = c.prepare(text); err != nil {
			return nil, err
		}
	}
	var err error
	p.bodies, err = c.prepare(oldestBodies)
	return p, err
}

// A step of pruning is as many decisions as fit into stepTime: an entry or a reservation
// that comes meanwhile waits no longer than that.
const (
	stepTime  = 5 * time.Millisecond
	firstStep = 64
	maxStep   = 4096
)

// step deletes the oldest n decisions from before a moment, and tells how many there
// were and how long it took.
func (p *pruner) step(before time.Time, n int64) (deleted int64, took time.Duration, err error) {
	err = p.conn.transact(context.Background(), func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		args := integers(nil, before.UnixMicro(), n)
		for _, t := range p.tables {
			var res driver.Result
			if res, err = t.exec(args); err != nil {
				return err
			}
			if deleted, err = res.RowsAffected(); err != nil {
				return err
			}
		}
		return nil
	})
	return deleted, took, err
}

// sweep runs step, each time in a transaction of its own and with a rest after it, until it
// deletes fewer than most.
func (c *conn) sweep(ctx context.Context, most int64, step func() (driver.Result, error)) error {
	for {
		var deleted int64
		began := time.Now()
		err := c.transact(ctx, func() error {
			res, err := step()
			if err != nil {
				return err
			}
			deleted, err = res.RowsAffected()
			return err
		})
		if err != nil || deleted < most {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Since(began)):
		}
	}
}

// Prune deletes the decisions that began before a moment, with their documents, attempts,
// samples, bodies and verdicts, and what edge hosts sent before it, oldest first, and tells how many decisions. It goes in small steps and rests as long
// as it works, so that writing goes on; progress, unless nil, is told after each step how
// many of how many are done. An error, or the end of ctx, leaves the rest as it was.
//
// What is freed is used again by what comes: the file does not grow, nor does it shrink.
// Their counts go with them, and catalogs out of use since. What was spent stays, and so do the few
// rows of names and prices that decisions share.
func (s *Store) Prune(ctx context.Context, before time.Time, progress func(done, total int64)) (int64, error) {
	if s == nil {
		return 0, fmt.Errorf("pruning: %w", ErrNoStore)
	}
	for _, old := range [...]func(context.Context, time.Time) error{s.verdicts.old, s.edges.old} {
		if err := old(ctx, before); err != nil {
			return 0, fmt.Errorf("store: pruning: %w", err)
		}
	}
	var done, total, last int64
	err := s.read.QueryRowContext(ctx, "SELECT count(*), coalesce(max(seq), 0) FROM decisions WHERE at < ?", before.UnixMicro()).Scan(&total, &last)
	if err != nil {
		return 0, fmt.Errorf("store: pruning: %w", err)
	}
	for n := int64(firstStep); done < total; {
		deleted, took, err := s.pruner.step(before, n)
		if err != nil {
			return done, fmt.Errorf("store: pruning: %w", err)
		}
		done += deleted
		if progress != nil {
			progress(done, max(total, done))
		}
		if deleted < n {
			break
		}
		n = paced(n, took)
		select {
		case <-ctx.Done():
			return done, fmt.Errorf("store: pruning: %w", ctx.Err())
		case <-time.After(took):
		}
	}
	if err := s.conn.thin(ctx, last); err != nil {
		return done, fmt.Errorf("store: pruning: %w", err)
	}
	if err := s.recount(ctx, before); err != nil {
		return done, fmt.Errorf("store: pruning: %w", err)
	}
	for _, counts := range s.pruner.counts {
		err := s.conn.sweep(ctx, firstStep, func() (driver.Result, error) {
			return counts.exec(integers(nil, before.UnixMicro(), firstStep))
		})
		if err != nil {
			return done, fmt.Errorf("store: pruning: %w", err)
		}
	}
	return done, nil
}

// retain prunes what is older than keep, now and every so often, until ctx ends.
func (s *Store) retain(ctx context.Context, keep, every time.Duration, log *slog.Logger) {
	for {
		began := time.Now()
		n, err := s.Prune(ctx, began.Add(-keep), nil)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn("store: old decisions are not deleted", "err", err)
		case n > 0:
			log.Info("store: old decisions deleted", "count", n, "older_than", keep, "took", time.Since(began).Round(time.Millisecond))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(every):
		}
	}
}
