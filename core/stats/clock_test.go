package stats

import (
	"testing"
	"time"
)

// One sample that is far too old does not make others lose their weight.
func TestSampleOfLongAgo(t *testing.T) {
	for _, old := range []time.Time{time.UnixMicro(1), noon.Add(-Late - time.Minute)} {
		var b, want Board
		for range 50 {
			b.Fold(ok(noon, time.Second, time.Second, 1))
			want.Fold(ok(noon, time.Second, time.Second, 1))
		}
		b.Fold(ok(old, time.Second, time.Second, 1))
		want.Fold(ok(noon, time.Second, time.Second, 1))
		for _, later := range []time.Duration{0, time.Minute, 10 * time.Minute} {
			if got, want := b.Reading("a/x", "a", noon.Add(later)), want.Reading("a/x", "a", noon.Add(later)); got != want {
				t.Errorf("%s later: got %+v, want %+v", later, got, want)
			}
		}
		at := noon.Add(10 * time.Minute)
		b.Fold(ok(at, time.Second, time.Second, 1))
		want.Fold(ok(at, time.Second, time.Second, 1))
		if got, want := b.Reading("a/x", "a", at), want.Reading("a/x", "a", at); got != want || got.Samples < 20_000 {
			t.Errorf("after the next: got %+v, want %+v", got, want)
		}
	}
}

// A clock that is set back for good goes on from there, and decay with it, also when it comes
// to where it was before.
func TestDecayAfterAClockSetBack(t *testing.T) {
	var h Health
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 1))
	back := noon.Add(-3 * time.Hour)
	h = Fold(Rules{}, h, ok(back, time.Second, time.Second, 1))
	if got := h.Read(back).Samples; got != 2000 {
		t.Errorf("set back: %d", got)
	}
	if got := h.Read(back.Add(10 * time.Minute)).Samples; got != 1000 {
		t.Errorf("ten minutes later: %d", got)
	}
	h = Fold(Rules{}, h, ok(back.Add(10*time.Minute), time.Second, time.Second, 1))
	if got := h.Read(back.Add(20 * time.Minute)).Samples; got != 1000 {
		t.Errorf("twenty minutes later: %d", got)
	}
	for at := back; at.Before(noon.Add(time.Hour)); at = at.Add(10 * time.Minute) {
		h = Fold(Rules{}, h, ok(at, time.Second, time.Second, 1))
	}
	if got := h.Read(noon.Add(time.Hour)).Samples; got < 900 || got > 1100 {
		t.Errorf("an hour after noon: %d", got)
	}
}

// Whatever the times are, nothing breaks, and what comes at noon counts.
func TestImpossibleTimes(t *testing.T) {
	times := []time.Time{{}, time.UnixMicro(1), time.UnixMicro(1<<53 - 1), time.Unix(1<<55, 0), time.Unix(-1<<55, 0), noon}
	for _, one := range times {
		for _, two := range times {
			var b Board
			for _, at := range []time.Time{one, two, noon} {
				s := ok(at, 1<<62, 1<<62, 1)
				s.RetryAt = two
				b.Fold(s)
				b.Fold(Sample{Endpoint: "a/x", At: at, Outcome: OutcomeRateLimited, RetryAt: one})
				_ = b.Reading("a/x", "a", two)
			}
			r := b.Reading("a/x", "a", noon)
			if r.Stream.Samples < 1000 || !r.Limited.IsZero() && r.Limited.Time().Sub(noon) > 2*MaxWindow {
				t.Errorf("%s, %s: %+v", one, two, r)
			}
		}
	}
}
