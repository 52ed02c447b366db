package stats

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"strowger/core/llm"
)

// probe is an attempt that took no time, so that it began when it ended.
func probe(at time.Time, o Outcome) Sample { return Sample{Endpoint: "a/x", At: at, Outcome: o} }

func TestCircuitOpensAfterFailuresInARow(t *testing.T) {
	var h Health
	for range 10 {
		h = Fold(Rules{}, h, failure(noon, OutcomeProviderError))
		h = Fold(Rules{}, h, failure(noon, OutcomeCut))
		h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 1))
	}
	h = Fold(Rules{}, h, failure(noon, OutcomeUnreachable))
	h = Fold(Rules{}, h, failure(noon, OutcomeFirstTimeout))
	if r := h.Read(noon); r.Circuit != Closed || r.Failures != 2 || !r.Until.Time().IsZero() {
		t.Errorf("after two failures: %+v", r)
	}
	h = Fold(Rules{}, h, failure(noon, OutcomeBadAnswer))
	if r := h.Read(noon); r.Circuit != Open || r.Failures != 3 || !r.Until.Time().Equal(noon.Add(8*time.Second)) {
		t.Errorf("after three failures: %+v", r)
	}
	if r := h.Read(noon.Add(8*time.Second - 1)); r.Circuit != Open {
		t.Errorf("shortly before the end: %+v", r)
	}
	if r := h.Read(noon.Add(8 * time.Second)); r.Circuit != HalfOpen || !r.Until.Time().IsZero() {
		t.Errorf("at the end: %+v", r)
	}
}

func TestOnlyTheProvidersFaultsCount(t *testing.T) {
	for o := OutcomeNone; int(o) < len(outcomeNames); o++ {
		var h Health
		for range 5 {
			h = Fold(Rules{}, h, failure(noon, o))
		}
		open := h.Read(noon).Circuit == Open
		if want := o.Fault() == FaultProvider; open != want {
			t.Errorf("five times %s: open is %t", o, open)
		}
		// What is not the provider's fault does not break a row of faults either.
		var g Health
		g = Fold(Rules{}, g, failure(noon, OutcomeCut))
		g = Fold(Rules{}, g, failure(noon, OutcomeCut))
		g = Fold(Rules{}, g, failure(noon, o))
		g = Fold(Rules{}, g, failure(noon, OutcomeCut))
		closed := g.Read(noon).Circuit == Closed
		if want := o == OutcomeOK || o == OutcomeFiltered; closed != want {
			t.Errorf("two faults, %s, a fault: closed is %t", o, closed)
		}
	}
}

// The rest doubles with each failed probe, up to its most, and any success ends it all.
func TestCoolDown(t *testing.T) {
	var h Health
	at := noon
	for range 2 {
		h = Fold(Rules{}, h, probe(at, OutcomeOverloaded))
	}
	for i, rest := range []time.Duration{8, 16, 20, 20, 20} {
		h = Fold(Rules{}, h, probe(at, OutcomeOverloaded))
		if got := h.Read(at).Until.Time().Sub(at); got != rest*time.Second {
			t.Fatalf("rest %d is %s, want %ds", i, got, rest)
		}
		at = at.Add(rest * time.Second)
		if h.Read(at).Circuit != HalfOpen {
			t.Fatalf("not half-open after rest %d", i)
		}
		for _, o := range []Outcome{OutcomeRateLimited, OutcomeClientError, OutcomeCredentials, OutcomeLeft, OutcomeAbandoned} {
			if h = Fold(Rules{}, h, probe(at, o)); h.Read(at).Circuit != HalfOpen {
				t.Fatalf("%s moved the circuit", o)
			}
		}
	}
	h = Fold(Rules{}, h, ok(at, time.Second, time.Second, 1)) // it began long before the circuit opened last
	if r := h.Read(at); r.Circuit != Closed || r.Failures != 0 {
		t.Errorf("after a success: %+v", r)
	}
	for range 3 {
		h = Fold(Rules{}, h, probe(at, OutcomeOverloaded))
	}
	if got := h.Read(at).Until.Time().Sub(at); got != 8*time.Second {
		t.Errorf("the first rest after a success is %s", got)
	}
}

func TestRules(t *testing.T) {
	r := Rules{Failures: 1, CoolDown: time.Second, CoolDownMax: 3 * time.Second}
	h := Fold(r, Health{}, probe(noon, OutcomeCut))
	if got := h.Read(noon); got.Circuit != Open || got.Until.Time().Sub(noon) != time.Second {
		t.Errorf("got %+v", got)
	}
	for i, want := range []time.Duration{0, 1, 2, 3, 3, 3} {
		if got := r.coolDown(i); i > 0 && got != want*time.Second {
			t.Errorf("rest %d is %s", i, got)
		}
	}
	for _, r := range []Rules{{CoolDown: math.MaxInt64, CoolDownMax: math.MaxInt64}, {CoolDown: 1, CoolDownMax: math.MaxInt64}, {CoolDown: time.Hour}} {
		for _, n := range []int{1, 2, 62, 63, 64, 1 << 40} {
			if got := r.coolDown(n); got <= 0 || r.CoolDownMax == 0 && got != 20*time.Second {
				t.Errorf("%+v: rest %d is %s", r, n, got)
			}
		}
	}
}

// Faults long apart are not in a row, and a circuit that was not probed for long begins with
// the first rest again.
func TestFaultsAreForgotten(t *testing.T) {
	var h Health
	at := noon
	for range 20 {
		h = Fold(Rules{}, h, probe(at, OutcomeCut))
		if r := h.Read(at); r.Circuit != Closed || r.Failures != 1 {
			t.Fatalf("at %s: %+v", at, r)
		}
		at = at.Add(half + time.Second)
	}
	for range 3 {
		h = Fold(Rules{}, h, probe(at, OutcomeCut))
	}
	for range 3 { // each of them a failed probe
		at = at.Add(30 * time.Second)
		h = Fold(Rules{}, h, probe(at, OutcomeCut))
	}
	if got := h.Read(at).Until.Time().Sub(at); got != 20*time.Second {
		t.Errorf("after three failed probes it rests for %s", got)
	}
	at = at.Add(half + time.Second)
	if r := h.Read(at); r.Circuit != HalfOpen {
		t.Errorf("nobody has seen it well: %+v", r)
	}
	h = Fold(Rules{}, h, probe(at, OutcomeCut))
	if r := h.Read(at); r.Circuit != Open || r.Until.Time().Sub(at) != 8*time.Second || r.Failures != 1 {
		t.Errorf("a failed probe after a long time: %+v", r)
	}
	// An old attempt that fails late does not close it.
	late := at.Add(half + time.Minute)
	h = Fold(Rules{}, h, Sample{At: late, Total: late.Sub(noon), Outcome: OutcomeTotalTimeout})
	if r := h.Read(late); r.Circuit != HalfOpen {
		t.Errorf("after a late failure: %+v", r)
	}
}

// Requests that were under way when the circuit opened fail without making it longer.
func TestFailuresOfTheSameTimeAreNoProbes(t *testing.T) {
	var h Health
	for i := range 50 { // all began at noon
		at := noon.Add(time.Duration(i+1) * time.Second)
		h = Fold(Rules{}, h, Sample{At: at, Total: at.Sub(noon), Outcome: OutcomeTotalTimeout})
	}
	at := noon.Add(3 * time.Second)
	if r := h.Read(at); r.Circuit != Open || !r.Until.Time().Equal(at.Add(8*time.Second)) || r.Failures != 50 {
		t.Errorf("got %+v", r)
	}
	if r := h.Read(noon.Add(50 * time.Second)); r.Circuit != HalfOpen {
		t.Errorf("got %+v", r)
	}
	// An attempt that was made although it rests, for want of another, does not lengthen the
	// rest; it is a probe if it ends after it.
	h = Fold(Rules{}, h, probe(at.Add(time.Second), OutcomeCut))
	if r := h.Read(at.Add(time.Second)); !r.Until.Time().Equal(at.Add(8 * time.Second)) {
		t.Errorf("got %+v", r)
	}
	h = Fold(Rules{}, h, Sample{At: at.Add(9 * time.Second), Total: 5 * time.Second, Outcome: OutcomeTotalTimeout})
	if r := h.Read(at.Add(9 * time.Second)); r.Circuit != Open || !r.Until.Time().Equal(at.Add(25*time.Second)) {
		t.Errorf("got %+v", r)
	}
}

func TestRetryAfter(t *testing.T) {
	limited := func(at time.Time, o Outcome, wait time.Duration) Sample {
		s := probe(at, o)
		s.RetryAt = at.Add(wait)
		return s
	}
	h := Fold(Rules{}, Health{}, limited(noon, OutcomeRateLimited, time.Minute))
	if r := h.Read(noon); !r.Limited.Time().Equal(noon.Add(time.Minute)) || r.Circuit != Closed || r.Failures != 0 || r.Uptime != 1000 {
		t.Errorf("got %+v", r)
	}
	if r := h.Read(noon.Add(time.Minute)); !r.Limited.Time().IsZero() {
		t.Errorf("still limited at the end: %+v", r)
	}
	// The later end counts; a shorter one does not shorten it, an earlier one is none.
	h = Fold(Rules{}, h, limited(noon.Add(time.Second), OutcomeOverloaded, 10*time.Second))
	h = Fold(Rules{}, h, limited(noon.Add(time.Second), OutcomeRateLimited, -time.Hour))
	if r := h.Read(noon.Add(time.Second)); !r.Limited.Time().Equal(noon.Add(time.Minute)) {
		t.Errorf("got %+v", r)
	}
	h = Fold(Rules{}, h, limited(noon.Add(2*time.Second), OutcomeRateLimited, time.Hour))
	at := noon.Add(3 * time.Second)
	// A stream that began before does not end it, one that began after does.
	h = Fold(Rules{}, h, ok(at, time.Second, time.Second, 1))
	if r := h.Read(at); r.Limited.Time().IsZero() {
		t.Error("a success that began before the window ended it")
	}
	h = Fold(Rules{}, h, probe(at, OutcomeOK))
	if r := h.Read(at); !r.Limited.Time().IsZero() {
		t.Errorf("still limited: %+v", r)
	}
	// What is the caller's fault says nothing of the provider's limits.
	h = Fold(Rules{}, Health{}, limited(noon, OutcomeClientError, time.Minute))
	if r := h.Read(noon); !r.Limited.Time().IsZero() {
		t.Errorf("limited by the caller's mistake: %+v", r)
	}
}

// A window that a record shows is the window read back from it.
func TestReadingsAreWholeMicroseconds(t *testing.T) {
	at := noon.Add(1234567 * time.Nanosecond).In(time.FixedZone("", 3600))
	h := Fold(Rules{Failures: 1}, Health{}, Sample{At: at, Outcome: OutcomeOverloaded, RetryAt: at.Add(7*time.Second + 89)})
	r := h.Read(at)
	for _, end := range []time.Time{r.Until.Time(), r.Limited.Time()} {
		if end.Nanosecond()%1000 != 0 || end.Location() != time.UTC {
			t.Errorf("got %s", end)
		}
	}
}

func TestClockSetBack(t *testing.T) {
	future := noon.AddDate(80, 0, 0)
	var h Health
	for range 3 {
		h = Fold(Rules{}, h, ok(future, time.Second, time.Second, 1))
	}
	for range 3 {
		s := failure(future, OutcomeOverloaded)
		s.RetryAt = future.Add(time.Minute)
		h = Fold(Rules{}, h, s)
	}
	if r := h.Read(noon); r.Circuit != HalfOpen || !r.Until.Time().IsZero() || !r.Limited.Time().IsZero() || r.Stream.Samples != 3000 {
		t.Errorf("resting for decades: %+v", r)
	}
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 1))
	if r := h.Read(noon.Add(half)); r.Stream.Samples != 2000 {
		t.Errorf("nothing decays for decades: %+v", r.Stream)
	}
	// A limit from that future does not hide one of today.
	s := failure(noon, OutcomeRateLimited)
	s.Total, s.RetryAt = 0, noon.Add(time.Minute)
	h = Fold(Rules{}, h, s)
	if r := h.Read(noon); !r.Limited.Time().Equal(noon.Add(time.Minute)) {
		t.Errorf("limited until %s", r.Limited.Time())
	}
	// Set back by a little, or a reading taken a little before the sample: still resting.
	var g Health
	for range 3 {
		g = Fold(Rules{}, g, failure(noon, OutcomeOverloaded))
	}
	if r := g.Read(noon.Add(-time.Second)); r.Circuit != Open {
		t.Errorf("got %+v", r)
	}
	// A sample that comes late changes no weight but its own.
	before := Fold(Rules{}, Health{}, ok(noon, time.Second, time.Second, 1))
	before = Fold(Rules{}, before, ok(noon.Add(-time.Minute), time.Second, time.Second, 1))
	if r := before.Read(noon); r.Stream.Samples != 2000 {
		t.Errorf("got %+v", r.Stream)
	}
}

func TestZeroTime(t *testing.T) {
	var h Health
	for range 5 {
		h = Fold(Rules{}, h, probe(time.Time{}, OutcomeCut))
		h = Fold(Rules{}, h, Sample{Outcome: OutcomeRateLimited, RetryAt: noon})
	}
	_ = h.Read(time.Time{})
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 1))
	if r := h.Read(noon); r.Circuit != Closed || r.Stream.Samples != 1000 || !r.Limited.Time().IsZero() {
		t.Errorf("got %+v", r)
	}
}

// Whatever comes, in whatever order, a reading is sound.
func FuzzFold(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		rng := rand.New(rand.NewPCG(a, b))
		wild := func() int64 { return int64(rng.Uint64()) >> rng.IntN(64) }
		var board Board
		for range 60 {
			now := noon.Add(time.Duration(wild()))
			switch rng.IntN(6) {
			case 0:
				board.Begin("a/x", "a", now)
			case 1:
				board.Finish("a/x")
			case 2:
				board.Answering("a/x")
			default:
				board.Fold(Sample{Endpoint: "a/x", At: noon.Add(time.Duration(wild())), Outcome: Outcome(rng.IntN(len(outcomeNames))), Stream: rng.IntN(2) == 0, Account: []string{"", "", "a"}[rng.IntN(3)],
					FirstToken: time.Duration(wild()), Total: time.Duration(wild()), RetryAt: noon.Add(time.Duration(wild())), Usage: llm.Usage{Output: wild(), Reasoning: wild()}})
			}
			r := board.Reading("a/x", "a", now)
			for _, s := range []Speed{r.Stream, r.Whole} {
				if s.Samples < 0 || s.Mean < 0 || s.Mean > mostValue || s.P50 > s.P75 || s.P75 > s.P90 || s.P90 > s.P99 || s.T99 > s.T90 || s.T90 > s.T75 || s.T75 > s.T50 || s.Tokens < 0 || s.Samples == 0 && s != (Speed{}) {
					t.Fatalf("got %+v", s)
				}
			}
			if r.Uptime < 0 || r.Uptime > 1000 || r.Samples < 0 || r.InFlight < 0 || r.Probes < 0 || r.Probes > r.InFlight || r.Failures < 0 {
				t.Fatalf("got %+v", r)
			}
			if (r.Circuit == Open) == r.Until.Time().IsZero() {
				t.Fatalf("%s until %s", r.Circuit, r.Until.Time())
			}
		}
	})
}
