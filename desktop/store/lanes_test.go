package store

import (
	"slices"
	"testing"
	"time"
)

// What fell back is counted by its way, and what did not end well is found.
func TestLanesAndFlows(t *testing.T) {
	s, _ := openT(t, Options{}, tuning{flush: time.Millisecond, rest: -1})
	list := varied(6000, 3)
	addAll(t, s, list)
	for range 3 {
		from, to := began.Add(10*time.Hour), began.Add(90*time.Hour)
		flows, ends, failed := map[flowKey]Flow{}, map[[2]string]int64{}, int64(0)
		for i := range list {
			d, a := &list[i].Decision, list[i].Attempts
			if d.At.Before(from) || !d.At.Before(to) {
				continue
			}
			for _, a := range a {
				ends[[2]string{a.Endpoint, a.Outcome}]++
				if a.Outcome != "ok" {
					failed++
				}
			}
			if a[0].Outcome == "ok" || d.Outcome == "left" || d.Outcome == "client_error" || d.Outcome == "cancelled" {
				continue
			}
			k := flowKey{d.Asked, a[0].Outcome, d.Provider}
			if d.Outcome != "ok" {
				k.provider = ""
			}
			f := flows[k]
			f.Requests++
			f.Time += a[0].Total
			f.Cost += d.Failed
			if !d.FailedPriced {
				f.Unpriced++
			}
			flows[k] = f
		}
		got, err := s.Flows(t.Context(), from, to)
		if err != nil || len(got.Flows) != len(flows) {
			t.Fatalf("%d flows, want %d, %v", len(got.Flows), len(flows), err)
		}
		for _, f := range got.Flows {
			want := flows[flowKey{f.Asked, f.Trigger, f.Provider}]
			want.Asked, want.Trigger, want.Provider = f.Asked, f.Trigger, f.Provider
			if f != want {
				t.Errorf("got %+v, want %+v", f, want)
			}
		}
		lanes, err := s.Lanes(t.Context(), from, to, 100)
		if err != nil || len(lanes.Marks) != 100 || lanes.Left != failed-100 || len(lanes.Ends) != len(ends) {
			t.Fatalf("%d marks, %d left of %d, %d ends of %d, %v", len(lanes.Marks), lanes.Left, failed, len(lanes.Ends), len(ends), err)
		}
		for _, e := range lanes.Ends {
			if e.Attempts != ends[[2]string{e.Endpoint, e.Outcome}] {
				t.Errorf("%+v", e)
			}
		}
		for i, m := range lanes.Marks {
			e := list[m.Seq-1]
			if a := e.Attempts[m.N-1]; a.Outcome != m.Outcome || a.Provider != m.Provider || m.Outcome == "ok" || !m.At.Equal(e.Decision.At.Add(a.Start)) || i > 0 && m.Seq > lanes.Marks[i-1].Seq {
				t.Errorf("%+v is none of %+v", m, a)
			}
			want := ""
			if e.Decision.Outcome == "ok" {
				want = e.Decision.Provider
			}
			if m.Served != want {
				t.Errorf("%+v is not served by %q", m, want)
			}
		}
		if _, _, err := s.folder.step(t.Context(), 3000, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// Small pages of attempts come to the same as one large one, however little time there is.
func TestMarksInPages(t *testing.T) {
	unraced(t)
	list := varied(3000, 6)
	for i := range list { // some fail three times
		if e := &list[i]; len(e.Attempts) == 2 && i%3 == 0 {
			third := e.Attempts[1]
			third.N, e.Attempts[1].Outcome = 3, "provider_error"
			e.Attempts, e.Decision.Attempts = append(e.Attempts, third), 3
		}
	}
	for _, look := range []time.Duration{time.Nanosecond, time.Minute} {
		s, _ := openT(t, Options{}, tuning{flush: time.Millisecond, rest: -1, look: look})
		addAll(t, s, list)
		countedAll(t, s)
		pages := func(limit int) (all []Mark) {
			err := s.snapshot(t.Context(), func(c querier) error {
				for before := int64(0); ; {
					marks, next, err := s.marks(t.Context(), c, began, began.Add(200*time.Hour), before, limit)
					if all = append(all, marks...); err != nil || next == 0 {
						return err
					}
					if before != 0 && next >= before {
						t.Fatalf("below %d comes %d", before, next)
					}
					before = next
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		want := 0
		for i := range list {
			for _, a := range list[i].Attempts {
				if a.Outcome != "ok" && !list[i].Decision.At.Before(began) {
					want++
				}
			}
		}
		whole := pages(MaxLanes)
		if len(whole) != want {
			t.Errorf("%d marks, want %d", len(whole), want)
		}
		for _, limit := range []int{1, 2, 7} {
			if got := pages(limit); !slices.Equal(got, whole) {
				t.Errorf("by %d: %d marks, want %d", limit, len(got), len(whole))
			}
		}
	}
}
