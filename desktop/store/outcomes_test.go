package store

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"strowger/core/stats"
)

// Outcomes come in the order of their ends, with what a circuit is judged by, the newest if there
// are too many.
func TestOutcomes(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), FileName), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	begin := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for n := range 10 {
		at := begin.Add(time.Duration(n) * time.Minute)
		s.Add(Entry{Decision: Decision{Seq: int64(n + 1), ID: string(rune('a' + n)), At: at, Outcome: "ok"},
			Attempts: []Attempt{{Endpoint: "p/m", Provider: "p", Model: "m", Outcome: "rate_limited"}, {Endpoint: "q/m", Provider: "q", Model: "m", Outcome: "ok"}},
			Samples: []stats.Sample{
				{Endpoint: "p/m", At: at.Add(2 * time.Second), Outcome: stats.OutcomeRateLimited, Total: time.Second, RetryAt: at.Add(time.Hour), Account: "p"},
				{Endpoint: "q/m", At: at.Add(time.Second), Outcome: stats.OutcomeOK, FirstToken: time.Millisecond, Total: time.Second},
			}})
	}
	for s.Counters().Queued > 0 {
		time.Sleep(time.Millisecond)
	}
	all, more, err := s.Outcomes(context.Background(), begin, begin.Add(time.Hour), 100)
	if err != nil || more || len(all) != 20 {
		t.Fatalf("%v %v, %d", err, more, len(all))
	}
	if a, b := all[0], all[1]; a.Endpoint != "q/m" || a.Outcome != stats.OutcomeOK || a.FirstToken != time.Millisecond || !a.RetryAt.IsZero() ||
		b.Endpoint != "p/m" || b.Outcome != stats.OutcomeRateLimited || b.Account != "p" || !b.RetryAt.Equal(begin.Add(time.Hour)) || b.Total != time.Second {
		t.Errorf("%+v", all[:2])
	}
	all, more, err = s.Outcomes(context.Background(), begin.Add(time.Minute), begin.Add(5*time.Minute), 3)
	if err != nil || !more || len(all) != 3 || !all[2].At.Equal(begin.Add(4*time.Minute+2*time.Second)) {
		t.Errorf("%v %v %+v", err, more, all)
	}
	var none *Store
	if all, more, err := none.Outcomes(context.Background(), begin, begin.Add(1), 3); all != nil || more || err != nil {
		t.Error(all, more, err)
	}
}
