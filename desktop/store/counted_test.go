//go:build !race

// Many thousand questions, by one goroutine: minutes with the race detector.

package store

import (
	"slices"
	"testing"
	"time"
)

// Pages, Each and Count agree with Match, whatever is counted, and however little time there is.
func TestFilters(t *testing.T) {
	for _, look := range []time.Duration{time.Nanosecond, time.Minute} {
		s, _ := openT(t, Options{}, tuning{flush: time.Millisecond, rest: -1, look: look})
		list := varied(9000, 2)
		addAll(t, s, list)
		for range 3 {
			for _, q := range filters(list) {
				var want []int64
				for i := len(list) - 1; i >= 0; i-- {
					d := &list[i].Decision
					if q.Match(&list[i]) && d.Seq > q.After && (q.Before == 0 || d.Seq < q.Before) {
						want = append(want, d.Seq)
					}
				}
				for _, limit := range []int{7, 500} {
					if limit == 7 && len(want) > 300 {
						continue
					}
					q.Limit = limit
					if got := walkAll(t, s, q); !slices.Equal(got, want) {
						t.Fatalf("%+v: %d, want %d\n%v", q, len(got), len(want), got)
					}
				}
				q.Limit = 0
				var got []int64
				err := s.Each(t.Context(), q, func(d Decision) error { got = append(got, d.Seq); return nil })
				if err != nil || !slices.Equal(got, want) {
					t.Fatalf("each %+v: %d, want %d, %v", q, len(got), len(want), err)
				}
				n, counting := int64(0), q
				for {
					c, err := s.Count(t.Context(), counting)
					if err != nil {
						t.Fatal(err)
					}
					n += c.N
					if c.Next == 0 {
						break
					}
					counting.Before = c.Next
				}
				if n != int64(len(want)) {
					t.Fatalf("count %+v: %d, want %d", q, n, len(want))
				}
			}
			if _, _, err := s.folder.step(t.Context(), 4500, time.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Series are what the decisions come to, counted, counted in part, and not at all.
func TestSeries(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond, rest: -1})
	list := varied(9000, 1)
	addAll(t, s, list)
	for _, part := range []int64{0, 777, 3000, 9000} {
		for have := int64(0); have < part; {
			n, _, err := s.folder.step(t.Context(), part-have, time.Now())
			if err != nil || n == 0 {
				t.Fatal(n, err)
			}
			have += n
			mark, err := s.folder.conn.number(t.Context(), readMark)
			if err != nil || have > mark {
				t.Fatal(have, mark, err)
			}
			have = mark
		}
		for _, q := range seriesQueries() {
			sameSeries(t, s, list, q)
		}
	}
	countedAll(t, s)
	for _, q := range seriesQueries() {
		sameSeries(t, s, list, q)
	}
}

// What is counted as it is written comes to the same.
func TestCountedLive(t *testing.T) {
	s, path := openT(t, Options{}, tuning{flush: time.Millisecond, rest: 3 * time.Millisecond})
	list := varied(9000, 4)
	for part := range int64(3) {
		addAll(t, s, list[part*3000:(part+1)*3000])
		for _, q := range seriesQueries() {
			sameSeries(t, s, list[:(part+1)*3000], q)
		}
		if part == 1 { // the same seq again, which is not written
			s.Add(list[10])
			settled(t, s)
		}
	}
	for range 2 {
		for _, q := range filters(list) {
			want := 0
			for i := range list {
				d := &list[i].Decision
				if q.Match(&list[i]) && d.Seq > q.After && (q.Before == 0 || d.Seq < q.Before) {
					want++
				}
			}
			if got := walkAll(t, s, q); len(got) != want {
				t.Errorf("%+v: %d, want %d", q, len(got), want)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var err error
		if s, err = open(path, Options{}, tuning{rest: time.Millisecond}); err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, q := range seriesQueries() {
			sameSeries(t, s, list, q)
		}
	}
}
