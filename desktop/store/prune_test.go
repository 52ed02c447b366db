package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"strowger/desktop/journaltest"
)

// filled is an open store with n entries, a millisecond apart.
func filled(t *testing.T, n int64, o Options, tune tuning) (*Store, string) {
	t.Helper()
	s, path := openT(t, o, tune)
	for i := range n {
		for s.Counters().Queued > 4096 {
			time.Sleep(time.Millisecond)
		}
		s.Add(entry(i + 1))
	}
	if c := settled(t, s); c.Written != n {
		t.Fatalf("%+v", c)
	}
	return s, path
}

func TestPrune(t *testing.T) {
	unraced(t)
	s, path := filled(t, 20_000, Options{}, tuning{flush: time.Millisecond})
	reserveT(t, s, "a", 5)
	odd := entry(20_001) // its clock was wrong
	odd.Decision.At = time.UnixMicro(1)
	s.Add(odd)
	settled(t, s)

	var told []int64
	before := entry(15_001).Decision.At
	n, err := s.Prune(t.Context(), before, func(done, total int64) {
		if total != 15_001 {
			t.Errorf("total %d", total)
		}
		told = append(told, done)
	})
	if n != 15_001 || err != nil {
		t.Errorf("pruned %d, %v", n, err)
	}
	if len(told) < 5 || !slices.IsSorted(told) || told[len(told)-1] != n {
		t.Errorf("told %v", told)
	}
	list, err := listOf(s.Decisions(t.Context(), Query{Before: 15_010}))
	if err != nil || len(list) != 9 || list[8].Seq != 15_001 {
		t.Errorf("left: %d decisions, %v", len(list), err)
	}
	if n, err := s.Prune(t.Context(), before, func(int64, int64) { t.Error("told of nothing") }); n != 0 || err != nil {
		t.Errorf("again: %d, %v", n, err)
	}

	size := fileSize(t, path)
	for i := range int64(12_000) {
		for s.Counters().Queued > 4096 {
			time.Sleep(time.Millisecond)
		}
		s.Add(entry(30_000 + i))
	}
	settled(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if now := fileSize(t, path); now > size {
		t.Errorf("the file grew from %d to %d bytes", size, now)
	}
	sound(t, path, 17_000)
	if got := spentIn(t, path); len(got) != 2 || got[0].Spent != 5 {
		t.Errorf("money: %+v", got)
	}
}

func fileSize(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// Pruning ends with its context, between two steps.
func TestPruneGivenUp(t *testing.T) {
	s, path := filled(t, 2000, Options{}, tuning{flush: time.Millisecond})
	ctx, cancel := context.WithCancel(t.Context())
	n, err := s.Prune(ctx, entry(2001).Decision.At, func(int64, int64) { cancel() })
	if n != firstStep || !errors.Is(err, context.Canceled) {
		t.Errorf("%d, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound(t, path, 2000-n)
	if _, err := s.Prune(t.Context(), time.Now(), nil); err == nil {
		t.Error("pruned a closed store")
	}
}

// What gets too old while the store is open goes at the next round, and Close does not
// wait for one.
func TestRetention(t *testing.T) {
	path := written(t, 1000)
	var log journaltest.Journal
	s, err := open(path, Options{Retention: time.Hour, Log: log.Log()}, tuning{flush: time.Millisecond, hourly: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	gone := func(id string) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			if _, err := s.Decision(t.Context(), id); errors.Is(err, ErrNotFound) {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%s is still there", id)
			}
		}
	}
	gone(entry(1000).Decision.ID)
	fresh, old := entry(2001), entry(2002)
	fresh.Decision.At = time.Now()
	old.Decision.At = time.Now().Add(-2 * time.Hour)
	s.Add(fresh)
	s.Add(old)
	until(t, s, "writing", func(c Counters) bool { return c.Written == 2 })
	gone(old.Decision.ID)
	if _, err := s.Decision(t.Context(), fresh.Decision.ID); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if log.Count("count=1000") != 1 || log.Count("WARN") != 0 {
		t.Error(log.String())
	}
}

// pruneRows, in the environment, is how many decisions TestPruneByHand prunes:
//
//	STROWGER_PRUNE=1000000 go test ./desktop/store -run PruneByHand -v
const pruneRows = "STROWGER_PRUNE"

// How long reservations and entries wait while a lot is pruned.
func TestPruneByHand(t *testing.T) {
	rows, err := strconv.ParseInt(os.Getenv(pruneRows), 10, 64)
	if err != nil {
		t.Skip("run by hand with " + pruneRows + " set")
	}
	began := time.Now()
	s, path := filled(t, rows, Options{}, tuning{})
	t.Logf("%d written in %s, %d MB", rows, time.Since(began).Round(time.Millisecond), fileSize(t, path)>>20)
	stop := make(chan struct{})
	var others sync.WaitGroup
	var waits []time.Duration
	others.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(time.Millisecond):
			}
			began := time.Now()
			reserveT(t, s, fmt.Sprint(n), 10)
			waits = append(waits, time.Since(began))
			e := entry(rows + int64(n) + 1)
			e.Decision.At = time.Now().Add(time.Hour)
			s.Add(e)
		}
	})
	began = time.Now()
	var last time.Time
	var longest time.Duration
	n, err := s.Prune(t.Context(), entry(rows).Decision.At, func(int64, int64) {
		if !last.IsZero() {
			longest = max(longest, time.Since(last))
		}
		last = time.Now()
	})
	took := time.Since(began)
	close(stop)
	others.Wait()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(waits)
	t.Logf("%d pruned in %s, a step and its rest at most %s; a reservation waited %s p50, %s p99, %s at most of %d",
		n, took.Round(time.Millisecond), longest, waits[len(waits)/2], waits[len(waits)*99/100], waits[len(waits)-1], len(waits))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
