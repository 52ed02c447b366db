package made

import (
	"context"
	"fmt"
	"io"
	"time"

	"strowger/desktop/store"
)

// Fill adds n requests behind those that are there, the way they are recorded, and
// waits until they are counted. How far it is goes to out.
func Fill(ctx context.Context, path string, n int64, seed uint64, now time.Time, out io.Writer) error {
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	last, err := s.LastSeq(ctx)
	if err != nil {
		return err
	}
	g := newGenerator(n, seed, now)
	began, told := time.Now(), time.Now()
	for i := range n {
		for s.Counters().Queued > 4096 {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			time.Sleep(time.Millisecond)
		}
		s.Add(g.entry(i, last+i+1))
		if time.Since(told) > 5*time.Second || i == n-1 {
			told = time.Now()
			fmt.Fprintf(out, "filled %d of %d, %.0f requests/s\n", i+1, n, float64(i+1)/time.Since(began).Seconds())
		}
	}
	for s.Counters().Queued > 0 {
		time.Sleep(time.Millisecond)
	}
	if c := s.Counters(); c.Written != n {
		return fmt.Errorf("%d of %d written: %s", c.Written, n, c.LastError)
	}
	return counted(ctx, s, now)
}

// counted waits until all is counted, so that what is measured is what it is every day.
func counted(ctx context.Context, s *store.Store, now time.Time) error {
	for {
		r, err := s.Series(ctx, store.SeriesQuery{From: now.Add(-time.Hour), To: now})
		if err != nil {
			return err
		}
		if r.Behind == 0 {
			time.Sleep(2 * time.Second) // those that are counted while they are read
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}
