package store

import (
	"testing"
	"time"
)

// fresh are entries of just now, with numbers from first on.
func fresh(first, n int64, model string) []Entry {
	list := make([]Entry, n)
	for i := range list {
		list[i] = entry(first + int64(i))
		d := &list[i].Decision
		d.At = time.Now().Add(time.Duration(i)*time.Microsecond - time.Second).Truncate(time.Microsecond)
		d.Model, d.Asked = model, model
	}
	return list
}

// requests are how many the last two hours count.
func requests(t *testing.T, s *Store, step time.Duration) int64 {
	t.Helper()
	now := time.Now()
	got, err := s.Series(t.Context(), SeriesQuery{From: now.Add(-2 * time.Hour), To: now.Add(time.Minute), Step: step})
	if err != nil {
		t.Fatal(err)
	}
	return got.Total.Requests
}

// TestPrunedAreNotCounted deletes decisions that are counted, gathered, or neither; what is left is
// what is counted, by hour and by minute, and after the record was opened again.
func TestPrunedAreNotCounted(t *testing.T) {
	for name, rest := range map[string]time.Duration{"counted at once": time.Millisecond, "gathered": time.Hour, "not counted": -1} {
		t.Run(name, func(t *testing.T) {
			s, path := openT(t, Options{}, tuning{flush: time.Millisecond, rest: rest})
			list := fresh(1, 1000, "old")
			addAll(t, s, list)
			cut := list[700].Decision.At
			if n, err := s.Prune(t.Context(), cut, nil); n != 700 || err != nil {
				t.Fatal(n, err)
			}
			check := func(want int64) {
				t.Helper()
				for _, step := range []time.Duration{time.Hour, time.Minute} {
					if n := requests(t, s, step); n != want {
						t.Errorf("%d requests are counted by %s, want %d", n, step, want)
					}
				}
			}
			check(300)
			addAll(t, s, fresh(1001, 100, "old"))
			check(400)
			if n, err := s.Prune(t.Context(), time.Now().Add(time.Second), nil); n != 400 || err != nil {
				t.Fatal(n, err)
			}
			check(0)
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s, err := open(path, Options{}, tuning{flush: time.Millisecond, rest: rest})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			check0 := requests(t, s, time.Hour)
			if check0 != 0 {
				t.Errorf("%d requests are counted of an empty record", check0)
			}
		})
	}
}

// TestNumbersGoOn gives no seq twice, though all decisions were deleted: what is counted and what
// is known of blocks goes by it.
func TestNumbersGoOn(t *testing.T) {
	unraced(t)
	s, path := openT(t, Options{}, tuning{flush: time.Millisecond, rest: time.Millisecond})
	addAll(t, s, fresh(1, 3000, "old"))
	if n, err := s.Prune(t.Context(), time.Now().Add(time.Second), nil); n != 3000 || err != nil {
		t.Fatal(n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := open(path, Options{}, tuning{flush: time.Millisecond, rest: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	last, err := s.LastSeq(t.Context())
	if err != nil || last != 3000 {
		t.Fatal(last, err)
	}
	addAll(t, s, fresh(last+1, 500, "new"))
	if n := len(walkAll(t, s, Query{Model: "new"})); n != 500 {
		t.Errorf("%d of 500 are found", n)
	}
	if n := requests(t, s, time.Minute); n != 500 {
		t.Errorf("%d of 500 are counted", n)
	}
}
