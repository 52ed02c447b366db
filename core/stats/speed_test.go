package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// A percentile of the output speed is what that share of answers reached at least, so
// that p99 is the slowest of them; like the times, to within a bucket.
func TestSpeedPercentiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		n := 1 + rng.IntN(500)
		var h Health
		var all []float64
		for range n {
			rate := 500 * math.Exp(rng.NormFloat64()*2) // tokens in 2 s: a few to thousands
			out := max(int64(rate), 1)
			all = append(all, float64(out)*500)
			s := ok(noon, time.Second, 2*time.Second, out)
			if rng.IntN(2) == 0 { // however the tokens are divided
				s.Usage.Output, s.Usage.Reasoning = out/2, out-out/2
			}
			h.fold(&Rules{}, &s)
		}
		slices.Sort(all)
		got := h.Read(noon).Stream
		for _, p := range []struct {
			share int
			got   uint32
		}{{50, got.T50}, {75, got.T75}, {90, got.T90}, {99, got.T99}} {
			want := all[min(n*(100-p.share)/100, n-1)]
			if ratio := float64(p.got) / want; ratio < 1/1.26 || ratio > 1.26 {
				t.Fatalf("p%d of %d answers is %d tokens in 1000 s, want about %.0f", p.share, n, p.got, want)
			}
		}
		if got.T50 < got.T75 || got.T75 < got.T90 || got.T90 < got.T99 {
			t.Fatalf("not in order: %+v", got)
		}
	}
	// Of answers without tokens there is no speed, and they change none.
	var h Health
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 0))
	if s := h.Read(noon).Stream; s.T50 != 0 || s.T99 != 0 || s.Samples != 1000 {
		t.Errorf("got %+v", s)
	}
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 100))
	before := h.Read(noon).Stream
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 0))
	if s := h.Read(noon).Stream; s.T50 != before.T50 || s.T99 != before.T99 || s.T50 == 0 {
		t.Errorf("got %+v, before %+v", s, before)
	}
}

// The speeds decay like the times: after six half-lives three new answers outweigh 64.
func TestSpeedsDecay(t *testing.T) {
	var h Health
	for range 64 {
		h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 1000))
	}
	for range 3 {
		h = Fold(Rules{}, h, ok(noon.Add(6*half), 9*time.Second, 10*time.Second, 100))
	}
	if s := h.Read(noon.Add(6 * half)).Stream; s.Samples != 4000 || s.T50 < 9_000 || s.T50 > 11_000 || s.P50 < 8_000_000 {
		t.Errorf("got %+v", s)
	}
}
