package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"

	"strowger/bench/rows/made"
	"strowger/desktop/store"
)

// question is something the dashboard asks.
type question struct {
	name string
	dear bool // it counts all rows, and is asked before something is deleted only
	ask  func(context.Context, *store.Store) (rows int, err error)
}

// list asks for a page of what a query means.
func list(name string, q store.Query) question {
	q.Limit = 100
	return question{name: "list " + name, ask: func(ctx context.Context, s *store.Store) (int, error) {
		p, err := s.Decisions(ctx, q)
		return len(p.Decisions), err
	}}
}

// series asks for a chart.
func series(name string, q store.SeriesQuery) question {
	return question{name: "series " + name, ask: func(ctx context.Context, s *store.Store) (int, error) {
		r, err := s.Series(ctx, q)
		return int(r.Total.Requests), err
	}}
}

// lists are the pages that are measured.
func lists(month, week time.Time, one store.Decision) []question {
	return []question{
		list("newest", store.Query{}),
		list("old", store.Query{Before: one.Seq / 10}),
		list("provider", store.Query{Provider: "azure"}),
		list("model and outcome", store.Query{Model: "openai/gpt-4o", Outcome: "failed"}),
		list("rare key", store.Query{Key: "visitor"}),
		list("rare model asked", store.Query{Asked: "mistral/large-preview"}),
		list("rare in old", store.Query{Key: "visitor", Before: one.Seq}),
		list("cause", store.Query{Cause: "rate_limited"}),
		list("rare cause and provider", store.Query{Cause: "connect_timeout", Provider: "ollama"}),
		list("cause that never was", store.Query{Cause: "cut"}),
		list("status", store.Query{Status: 502}),
		list("fallback by key", store.Query{Fallback: store.Yes, Key: "ci"}),
		list("unpriced", store.Query{Unpriced: store.Yes}),
		list("cost above 10 cents", store.Query{CostMin: 100_000}),
		list("cost above 50 cents", store.Query{CostMin: 500_000}),
		list("slow", store.Query{TotalMin: time.Minute}),
		list("late first token", store.Query{FirstMin: 20 * time.Second, Stream: store.Yes}),
		list("an hour three weeks ago", store.Query{From: month.Add(9 * 24 * time.Hour), To: month.Add(9*24*time.Hour + time.Hour)}),
		list("failures of a week of a route", store.Query{From: week, Route: "/batch", Outcome: "failed"}),
		list("ID", store.Query{ID: one.ID[:16]}),
	}
}

// questions are what is measured. one is a decision of the middle.
func questions(now time.Time, one store.Decision) []question {
	month, week, day := now.Add(-made.Span), now.Add(-7*24*time.Hour), now.Add(-24*time.Hour)
	list := lists(month, week, one)
	for by := store.ByNothing; by <= store.ByDay; by++ {
		step := time.Hour
		if by == store.ByDay {
			step = 0
		}
		list = append(list, series("month by hours, "+by.String(), store.SeriesQuery{From: month, To: now, Step: step, By: by}))
	}
	return append(list,
		series("month of a key by model", store.SeriesQuery{From: month, To: now, Step: 24 * time.Hour, By: store.ByModel, Key: "ci"}),
		series("day by minutes", store.SeriesQuery{From: day, To: now, Step: time.Minute}),
		series("day by minutes, provider", store.SeriesQuery{From: day, To: now, Step: 5 * time.Minute, By: store.ByProvider}),
		question{name: "count of a filter", ask: func(ctx context.Context, s *store.Store) (int, error) {
			c, err := s.Count(ctx, store.Query{Provider: "azure", Outcome: "failed"})
			return int(c.N), err
		}},
		question{name: "lanes of a day", ask: func(ctx context.Context, s *store.Store) (int, error) {
			l, err := s.Lanes(ctx, day, now, 2000)
			return len(l.Marks), err
		}},
		question{name: "lanes of a month", ask: func(ctx context.Context, s *store.Store) (int, error) {
			l, err := s.Lanes(ctx, month, now, 2000)
			return len(l.Marks), err
		}},
		question{name: "flows of a month", ask: func(ctx context.Context, s *store.Store) (int, error) {
			f, err := s.Flows(ctx, month, now)
			return len(f.Flows), err
		}},
		question{name: "one decision", ask: func(ctx context.Context, s *store.Store) (int, error) {
			_, err := s.Decision(ctx, one.ID)
			return 1, err
		}},
		question{name: "purge preview", dear: true, ask: func(ctx context.Context, s *store.Store) (int, error) {
			p, err := s.PurgePreview(ctx, week)
			return int(p.Decisions), err
		}},
	)
}

// watch is a stopwatch that stands still while the thread waits for a processor that other programs
// have.
type watch struct {
	began  time.Time
	waited time.Duration
}

func start() watch { return watch{time.Now(), waited()} }

func (w watch) took() time.Duration { return time.Since(w.began) - (waited() - w.waited) }

// measure asks each question cold and warm, tells how long it took and how much of a processor's
// time, and whether all was in time. What other programs on the machine take of its processors is
// not counted, what they take of its disk is.
func measure(ctx context.Context, path string, rounds int, out io.Writer) (ok bool, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	opening, err := opened(ctx, path)
	if err != nil {
		return false, err
	}
	s, err := store.Open(path, store.Options{})
	if err != nil {
		return false, err
	}
	defer func() { s.Close() }()
	size, err := s.Size(ctx)
	if err != nil {
		return false, err
	}
	fmt.Fprintf(out, "%d decisions, %d MB, %d bytes each, %d MB of it free\nopened in %s p50, %s at most (limit %s)\na question may take %s at p95, %s when nothing of the file is in memory, not counting what other programs take of the processors\n",
		size.Decisions, size.File>>20, size.File/max(size.Decisions, 1), size.Free>>20, ms(opening[2]), ms(opening[4]), openLimit, queryLimit, coldLimit)
	newest, err := s.Decisions(ctx, store.Query{Limit: 1})
	if err != nil || len(newest.Decisions) == 0 {
		return false, fmt.Errorf("the record has nothing to be measured: %v", err)
	}
	page, err := s.Decisions(ctx, store.Query{Before: newest.Decisions[0].Seq/2 + 2, Limit: 1})
	if err != nil || len(page.Decisions) == 0 {
		return false, fmt.Errorf("the record's first half is gone: %v", err)
	}
	ok = opening[4] <= openLimit
	fmt.Fprintf(out, "%-34s %8s %10s %10s %10s %10s %10s\n", "", "rows", "cold p50", "cold p95", "warm p50", "warm p95", "cpu")
	for _, q := range questions(newest.Decisions[0].At, page.Decisions[0]) {
		var times [2][]time.Duration
		used, rows := time.Duration(0), 0
		for i := range rounds + max(rounds/4, 1) {
			warm := 1
			if i < max(rounds/4, 1) {
				warm = 0
				if s, err = again(s, path); err != nil {
					return false, err
				}
			}
			clock, before := start(), processor()
			if rows, err = q.ask(ctx, s); err != nil {
				return false, fmt.Errorf("%s: %w", q.name, err)
			}
			times[warm] = append(times[warm], clock.took())
			used += processor() - before
		}
		slices.Sort(times[0])
		slices.Sort(times[1])
		late, most := "", queryLimit
		if q.dear {
			most = coldLimit
		}
		if p95(times[0]) > coldLimit && !q.dear || p95(times[1]) > most {
			ok, late = false, "  above the limit"
		}
		fmt.Fprintf(out, "%-34s %8d %10s %10s %10s %10s %10s%s\n", q.name, rows, ms(times[0][len(times[0])/2]), ms(p95(times[0])), ms(times[1][len(times[1])/2]), ms(p95(times[1])),
			ms(used/time.Duration(len(times[0])+len(times[1]))), late)
	}
	return ok, nil
}

// opened is how long opening took, five times, in order.
func opened(ctx context.Context, path string) (times []time.Duration, err error) {
	for range 5 {
		forget(path)
		clock := start()
		s, err := store.Open(path, store.Options{})
		if err != nil {
			return nil, err
		}
		_, err = s.LastSeq(ctx)
		times = append(times, clock.took())
		if err := errors.Join(err, s.Close()); err != nil {
			return nil, err
		}
	}
	slices.Sort(times)
	return times, nil
}

// again closes the record, lets the system forget the file as far as it does that, and opens it.
func again(s *store.Store, path string) (*store.Store, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	forget(path)
	return store.Open(path, store.Options{})
}

func p95(sorted []time.Duration) time.Duration { return sorted[(len(sorted)*95+99)/100-1] }

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }
