package stats

import (
	"math/rand/v2"
	"testing"
	"time"
)

// rests reports whether the endpoint stands last for others' faults or its own, as a plan
// has it.
func rests(r Reading) bool {
	return r.Circuit == Open || r.Circuit == HalfOpen && r.Probes > 0
}

// However long an endpoint was down, and however late its failures come to light, it is used
// again within half a minute of its recovery, if there are requests. A failing attempt may
// last minutes: one that is silent does not keep others away for as long.
func TestRecoveredWithinHalfAMinute(t *testing.T) {
	for _, slow := range []time.Duration{0, 5 * time.Second, 13 * time.Second, 2 * time.Minute, 10 * time.Minute} {
		for down := 700 * time.Millisecond; down < 4*time.Minute; down += 1900 * time.Millisecond {
			var b Board
			for range 3 { // it has failed before
				b.Fold(Sample{Endpoint: "a/x", At: noon, Outcome: OutcomeUnreachable})
			}
			now, well := noon, noon.Add(down)
			var ends []time.Time // of the attempts in flight, in order
			for used := false; !used; now = now.Add(100 * time.Millisecond) {
				for len(ends) > 0 && !now.Before(ends[0]) {
					b.Finish("a/x")
					b.Fold(Sample{Endpoint: "a/x", At: now, Total: slow, Outcome: OutcomeUnreachable})
					ends = ends[1:]
				}
				switch {
				case rests(b.Reading("a/x", "a", now)):
				case now.Before(well):
					b.Begin("a/x", "a", now)
					ends = append(ends, now.Add(slow))
				default:
					if used = true; now.Sub(well) > 30*time.Second {
						t.Fatalf("down for %s, failing in %s: used again %s after it was well", down, slow, now.Sub(well))
					}
				}
			}
		}
	}
}

// One that comes and goes, for days: no rest is longer than the longest after a fault, and
// whenever it is well for half a minute it is used in that time.
func TestFlapping(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 7))
		var b Board
		type attempt struct {
			ends  time.Time
			total time.Duration
			o     Outcome
		}
		var flying []attempt
		now, up := noon, true
		turn, tried := noon, noon // when it last came or went, when it was last used
		var fault time.Time
		next := now
		for end := noon.Add(2 * 24 * time.Hour); now.Before(end); now = now.Add(500 * time.Millisecond) {
			if !now.Before(next) {
				up, turn = !up, now
				next = now.Add(time.Duration(rng.ExpFloat64() * float64(2*time.Minute)))
			}
			left := flying[:0]
			for _, a := range flying {
				if now.Before(a.ends) {
					left = append(left, a)
					continue
				}
				b.Finish("a/x")
				b.Fold(Sample{Endpoint: "a/x", At: now, Total: a.total, Outcome: a.o})
				if a.o.Fault() == FaultProvider {
					fault = now
				}
			}
			flying = left
			r := b.Reading("a/x", "a", now)
			if r.Circuit == Open && (now.Sub(fault) >= 20*time.Second || r.Until.Time().Sub(now) > 20*time.Second) {
				t.Fatalf("seed %d: open at %s until %s, the last fault was at %s", seed, now, r.Until.Time(), fault)
			}
			if rests(r) {
				if since := now.Sub(maxTime(turn, tried)); up && since > 30*time.Second {
					t.Fatalf("seed %d: well for %s, and not used: %+v", seed, since, r)
				}
				continue
			}
			if tried = now; len(flying) > 20 || rng.IntN(3) > 0 {
				continue
			}
			a := attempt{total: time.Duration(rng.ExpFloat64() * float64(time.Second)), o: OutcomeOK}
			if !up {
				a.o = []Outcome{OutcomeUnreachable, OutcomeOverloaded, OutcomeFirstTimeout, OutcomeTotalTimeout, OutcomeLeft, OutcomeRateLimited}[rng.IntN(6)]
				if rng.IntN(4) == 0 {
					a.total = time.Duration(rng.IntN(600)) * time.Second
				}
			}
			a.ends = now.Add(a.total)
			b.Begin("a/x", "a", now)
			flying = append(flying, a)
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
