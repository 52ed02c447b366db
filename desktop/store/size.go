package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"time"
)

// Size is how much there is.
type Size struct {
	Decisions int64
	File      int64 // bytes of the file
	Log       int64 // bytes of the log beside it, which is folded into it
	Free      int64 // bytes of the file that are used again by what comes, and that Shrink gives back
	Bodies    int64 // bytes of it that are requests and answers
}

// Size is how much there is now.
func (s *Store) Size(ctx context.Context) (size Size, err error) {
	if s == nil {
		return size, nil
	}
	err = s.snapshot(ctx, func(c querier) error {
		size, err = sizeOf(ctx, c, "SELECT count(*) FROM decisions")
		return err
	})
	if info, err := os.Stat(s.path + "-wal"); err == nil {
		size.Log = info.Size()
	}
	return size, wrap("size", err)
}

// sizeOf is the size with as many decisions as a query says.
func sizeOf(ctx context.Context, c querier, decisions string) (size Size, err error) {
	var numbers [5]int64
	for i, query := range []string{decisions, "PRAGMA page_count", "PRAGMA freelist_count", "PRAGMA page_size",
		"SELECT value FROM marks WHERE name = 'bodies'"} {
		if numbers[i], err = numberOf(ctx, c, query); err != nil {
			return size, err
		}
	}
	return Size{Decisions: numbers[0], File: numbers[1] * numbers[3], Free: numbers[2] * numbers[3], Bodies: numbers[4]}, nil
}

// Preview is what a pruning would delete.
type Preview struct {
	Decisions int64
	Bytes     int64     // about what they take in the file
	Oldest    time.Time // when the first of them began; zero if there are none
	Size      Size      // of all that there is
}

// PurgePreview is what Prune with that moment would delete now.
func (s *Store) PurgePreview(ctx context.Context, before time.Time) (p Preview, err error) {
	if s == nil {
		return p, nil
	}
	err = s.snapshot(ctx, func(c querier) error {
		if p.Size, err = sizeOf(ctx, c, "SELECT count(*) FROM decisions"); err != nil {
			return err
		}
		if p.Decisions, err = older(ctx, c, before.UnixMicro(), p.Size.Decisions); err != nil || p.Decisions == 0 {
			return err
		}
		oldest, err := numberOf(ctx, c, "SELECT min(at) FROM decisions")
		if err != nil {
			return err
		}
		// Bodies come and go with the switch, so they are no even part of the rest.
		bodies, err := numberOf(ctx, c, `SELECT coalesce(sum(size), 0) FROM bodies
			WHERE seq <= (SELECT max(seq) FROM (SELECT seq FROM decisions WHERE at < ? ORDER BY at DESC LIMIT 1))`, before.UnixMicro())
		if err != nil {
			return err
		}
		used := p.Size.File - p.Size.Free - p.Size.Bodies
		p.Oldest = moment(oldest)
		p.Bytes = int64(float64(used)*float64(p.Decisions)/float64(p.Size.Decisions)) + bodies
		return nil
	})
	return p, wrap("what is old", err)
}

// older is how many of all decisions began before a moment. Those on the side of it are counted on
// which there are fewer, as far as seqs tell: all are known without being looked at.
func older(ctx context.Context, c querier, micro, all int64) (int64, error) {
	var seqs [3]int64
	for i, text := range []string{"SELECT min(seq) FROM decisions", "SELECT max(seq) FROM decisions",
		fmt.Sprintf("SELECT coalesce((SELECT seq FROM decisions WHERE at < %d ORDER BY at DESC LIMIT 1), 0)", micro)} {
		var err error
		if seqs[i], err = numberOf(ctx, c, text); err != nil {
			return 0, err
		}
	}
	if last := seqs[2]; last-seqs[0] > seqs[1]-last {
		n, err := numberOf(ctx, c, "SELECT count(*) FROM decisions WHERE at >= ?", micro)
		return all - n, err
	}
	return numberOf(ctx, c, "SELECT count(*) FROM decisions WHERE at < ?", micro)
}

// ErrShrink says that the file cannot give space back.
var ErrShrink = errors.New("the record was begun by an earlier version, whose file cannot give back what is free: it is used again by what comes")

// largestRewrite is up to which size a file that cannot be shrunk in steps is written anew, which
// holds up all that is written meanwhile.
const largestRewrite = 256 << 20

// Shrink gives space that is free in the file back to the system and tells how many bytes. It goes
// in small steps and rests as long as it works; progress, unless nil, is told after each how many
// bytes of how many are given back. A file of an earlier version is written anew at once if it holds
// little, else the error is ErrShrink.
func (s *Store) Shrink(ctx context.Context, progress func(done, total int64)) (freed int64, err error) {
	if s == nil {
		return 0, fmt.Errorf("shrinking: %w", ErrNoStore)
	}
	before, err := s.Size(ctx)
	if err != nil {
		return 0, err
	}
	if err := s.shrinkable(ctx, before.File-before.Free); err != nil {
		return 0, err
	}
	for n, left := int64(firstStep), int64(1); left > 0; {
		var took time.Duration
		took, left, err = s.shrinkStep(ctx, n)
		if err != nil {
			return freed, fmt.Errorf("store: shrinking: %w", err)
		}
		n = paced(n, took)
		freed = max(before.Free-left, 0)
		if progress != nil && before.Free > 0 {
			progress(freed, before.Free)
		}
		select {
		case <-ctx.Done():
			return freed, fmt.Errorf("store: shrinking: %w", ctx.Err())
		case <-time.After(took):
		}
	}
	s.conn.turn.Lock()
	defer s.conn.turn.Unlock()
	if s.conn.gone {
		return freed, fmt.Errorf("store: shrinking: %w", errClosed)
	}
	// The file itself becomes smaller when the log is folded into it.
	_, err = s.conn.value(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return freed, err
}

// shrinkable sees to it that the file can be shrunk in steps.
func (s *Store) shrinkable(ctx context.Context, used int64) error {
	s.conn.turn.Lock()
	defer s.conn.turn.Unlock()
	if s.conn.gone {
		return fmt.Errorf("store: shrinking: %w", errClosed)
	}
	mode, err := s.conn.number(ctx, "PRAGMA auto_vacuum")
	if err != nil || mode == 2 {
		return err
	}
	if used > largestRewrite {
		return ErrShrink
	}
	return s.conn.exec(ctx, "PRAGMA auto_vacuum = 2; VACUUM")
}

// shrinkStep gives back n pages and tells how many bytes are still free.
func (s *Store) shrinkStep(ctx context.Context, n int64) (took time.Duration, left int64, err error) {
	err = s.conn.transact(ctx, func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		c := s.conn.c.(querier)
		// It gives back a page with each step of its reading.
		if err := rowsOf(ctx, c, fmt.Sprintf("PRAGMA incremental_vacuum(%d)", n), nil, func([]driver.Value) error { return nil }); err != nil {
			return err
		}
		pages, err := s.conn.number(ctx, "PRAGMA freelist_count")
		if err != nil {
			return err
		}
		size, err := s.conn.number(ctx, "PRAGMA page_size")
		left = pages * size
		return err
	})
	return took, left, err
}
