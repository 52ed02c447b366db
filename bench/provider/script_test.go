package provider

import (
	"math"
	"testing"
	"time"
)

func TestCycle(t *testing.T) {
	s := Cycle(Phase{10 * time.Second, Behaviour{Text: "a"}}, Phase{}, Phase{5 * time.Second, Behaviour{Text: "b"}})
	for at, want := range map[time.Duration]string{0: "a", 9999 * time.Millisecond: "a", 10 * time.Second: "b", 15 * time.Second: "a", 45*time.Second - 1: "b"} {
		if got := s(1, at).Text; got != want {
			t.Errorf("at %v: %q, want %q", at, got, want)
		}
	}
	if got := Cycle()(1, time.Second); got != (Behaviour{}) {
		t.Errorf("no phases: %+v", got)
	}
}

// near reports whether a count out of n is what probability p lets expect, with five sigma to spare.
func near(count, n int, p float64) bool {
	return math.Abs(float64(count)-p*float64(n)) <= 5*math.Sqrt(p*(1-p)*float64(n))
}

func TestMixKeepsItsShares(t *testing.T) {
	const n = 20_000
	s := Mix(7, Behaviour{}, Share{0.1, Behaviour{Text: "a"}}, Share{0.02, Behaviour{Text: "b"}})
	count := map[string]int{}
	for i := range n {
		count[s(int64(i), 0).Text]++
	}
	if !near(count["a"], n, 0.1) || !near(count["b"], n, 0.02) {
		t.Errorf("shares %v of %d", count, n)
	}
}

func TestFaultRateAndJitter(t *testing.T) {
	const n = 20_000
	b := Behaviour{Fault: FaultCut, FaultRate: 0.3, Latency: 10 * time.Millisecond, Jitter: 15 * time.Millisecond}
	faults, zero := 0, 0
	for i := range int64(n) {
		if b.fault(3, i) == FaultCut {
			faults++
		}
		switch d := b.latency(3, i); {
		case d < 0 || d > 25*time.Millisecond:
			t.Fatalf("latency %v", d)
		case d == 0:
			zero++
		}
	}
	if !near(faults, n, 0.3) || !near(zero, n, 1.0/6) {
		t.Errorf("%d faults, %d without latency, of %d", faults, zero, n)
	}
}

func TestCast(t *testing.T) {
	names := map[string]bool{}
	for _, o := range Cast(1) {
		names[o.Name] = true
		if o.Description == "" || o.Price == (Price{}) || len(o.Models) != 1 || o.Models[0] != CastModel {
			t.Errorf("%s: %+v", o.Name, o)
		}
		if err := o.Behaviour.Check(); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
		if o.Script == nil {
			continue
		}
		const n = 1800 // three minutes, once around
		failed := 0
		for i := range n {
			b := o.Script(int64(i), time.Duration(i)*time.Second/10)
			if err := b.Check(); err != nil {
				t.Errorf("%s: %v", o.Name, err)
			}
			if b.Fault != "" {
				failed++
			}
		}
		if o.Name == "bargain" && !near(failed, n, 0.15) || o.Name == "phoenix" && failed != n/3 {
			t.Errorf("%s: %d of %d failed", o.Name, failed, n)
		}
	}
	if len(names) != 5 {
		t.Errorf("names %v", names)
	}
}
