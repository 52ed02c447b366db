package stats

import (
	"strconv"
	"testing"
	"time"
)

func TestBoard(t *testing.T) {
	var b Board
	if r := b.Reading("a/x", "a", noon); r != Untried() || r.Uptime != 1000 {
		t.Errorf("got %+v", r)
	}
	b.Begin("a/x", "a", noon)
	b.Begin("a/x", "a", noon)
	b.Begin("b/y", "b", noon)
	b.Pick("a/x", 7)
	b.Fold(ok(noon, time.Second, time.Second, 1))
	if r := b.Reading("a/x", "a", noon); r.InFlight != 2 || r.Picked != 7 || r.Stream.Samples != 1000 || r.Probes != 0 {
		t.Errorf("got %+v", r)
	}
	if r := b.Reading("b/y", "b", noon); r.InFlight != 1 || r.Picked != 0 || r.Stream.Samples != 0 {
		t.Errorf("got %+v", r)
	}
	for range 3 {
		b.Finish("a/x")
	}
	b.Finish("c/z")
	if b.Reading("a/x", "a", noon).InFlight != 0 || b.Reading("c/z", "c", noon).InFlight != 0 {
		t.Error("less than nothing is in flight")
	}
	var again Board
	again.Fold(ok(noon, time.Second, time.Second, 1))
	want := Fold(Rules{}, Health{}, ok(noon, time.Second, time.Second, 1))
	if got := again.Reading("a/x", "a", noon); got != want.Read(noon) {
		t.Errorf("the board folds to %+v, Fold to %+v", got, want.Read(noon))
	}
}

func TestBoardUsesItsRules(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1, CoolDown: time.Minute, CoolDownMax: time.Hour}}
	b.Fold(failure(noon, OutcomeCut))
	if r := b.Reading("a/x", "a", noon); r.Circuit != Open || r.Until.Time().Sub(noon) != time.Minute {
		t.Errorf("got %+v", r)
	}
}

// Only attempts that began after the circuit opened are probes: a stream of ten minutes
// does not keep an endpoint from being tried again.
func TestProbes(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1}}
	end := func(at time.Time, took time.Duration, o Outcome) {
		b.Finish("a/x")
		b.Fold(Sample{Endpoint: "a/x", At: at, Total: took, Outcome: o})
	}
	b.Begin("a/x", "a", noon) // the long stream
	b.Begin("a/x", "a", noon)
	end(noon, time.Second, OutcomeCut)
	half := noon.Add(9 * time.Second)
	if r := b.Reading("a/x", "a", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("before the probe: %+v", r)
	}
	b.Begin("a/x", "a", half)
	if r := b.Reading("a/x", "a", half); r.InFlight != 2 || r.Probes != 1 {
		t.Errorf("during the probe: %+v", r)
	}
	end(half.Add(time.Second), time.Second, OutcomeCut)
	if r := b.Reading("a/x", "a", half.Add(time.Second)); r.Circuit != Open || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("after the probe: %+v", r)
	}
	half = half.Add(18 * time.Second)
	b.Begin("a/x", "a", half)
	end(half, time.Second, OutcomeRateLimited) // says nothing of the circuit: the next one is the probe
	if r := b.Reading("a/x", "a", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("after a probe that says nothing: %+v", r)
	}
	b.Begin("a/x", "a", half)
	end(half.Add(time.Second), half.Add(time.Second).Sub(noon.Add(-time.Second)), OutcomeLeft) // the long stream ends without a word
	if r := b.Reading("a/x", "a", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 1 {
		t.Errorf("during the second probe: %+v", r)
	}
	end(half.Add(2*time.Second), time.Second, OutcomeOK)
	if r := b.Reading("a/x", "a", half); r.Circuit != Closed || r.InFlight != 0 || r.Probes != 0 {
		t.Errorf("after the second probe: %+v", r)
	}
	b.Begin("a/x", "a", half)
	if r := b.Reading("a/x", "a", half); r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("closed: %+v", r)
	}
}

// A probe that carries content is one no longer: while its long answer goes on another may
// begin. How it ends counts all the same.
func TestLongAnswerOfAProbe(t *testing.T) {
	half := noon.Add(9 * time.Second)
	for _, c := range []struct {
		name   string
		o      Outcome
		first  time.Duration // 0: the one without content ends
		state  State
		probes int64 // that are left
	}{
		{"it ends well", OutcomeOK, time.Second, Closed, 0},
		{"it is cut", OutcomeCut, time.Second, Open, 0},
		{"its caller leaves", OutcomeLeft, time.Second, HalfOpen, 1},
		{"the other's caller leaves", OutcomeLeft, 0, HalfOpen, 0},
		{"the other is refused", OutcomeRateLimited, 0, HalfOpen, 0},
		{"the other fails", OutcomeUnreachable, 0, Open, 0},
		{"the other ends well", OutcomeOK, 0, Closed, 0},
	} {
		b := Board{Rules: Rules{Failures: 1}}
		b.Begin("a/x", "a", noon) // as old as the fault, and no probe
		b.Fold(failure(noon.Add(time.Millisecond), OutcomeCut))
		b.Begin("a/x", "a", half)
		if r := b.Reading("a/x", "a", half); r.Probes != 1 {
			t.Fatalf("%s: before the content: %+v", c.name, r)
		}
		b.Answering("a/x")
		if r := b.Reading("a/x", "a", half); r.Probes != 0 || r.Circuit != HalfOpen || r.InFlight != 2 {
			t.Fatalf("%s: with content: %+v", c.name, r)
		}
		b.Begin("a/x", "a", half.Add(time.Second))
		at := half.Add(2 * time.Second)
		began := half
		if c.first == 0 {
			began = half.Add(time.Second)
		}
		b.Finish("a/x")
		b.Fold(Sample{Endpoint: "a/x", At: at, Total: at.Sub(began), FirstToken: c.first, Outcome: c.o, Stream: true})
		r := b.Reading("a/x", "a", at)
		if r.Circuit != c.state || r.Probes != c.probes || r.InFlight != 2 {
			t.Errorf("%s: %+v", c.name, r)
		}
		if c.state != Open {
			continue
		}
		// The rest begins anew, twice as long. What was in flight then is no probe any more.
		if got := r.Until.Time().Sub(at); got != 16*time.Second {
			t.Errorf("%s: rests for %s", c.name, got)
		}
		b.Finish("a/x")
		b.Fold(Sample{Endpoint: "a/x", At: at.Add(time.Second), Total: at.Sub(half), Outcome: OutcomeCut})
		if again := b.Reading("a/x", "a", at.Add(time.Second)); again.Until != r.Until || again.Probes != 0 {
			t.Errorf("%s: then %+v", c.name, again)
		}
	}
}

// Two attempts that were made while it rested, for want of another endpoint, are two probes.
func TestEachProbeEndsOnce(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1}}
	b.Fold(failure(noon, OutcomeCut))
	half := noon.Add(9 * time.Second)
	for range 2 {
		b.Begin("a/x", "a", half.Add(-2*time.Second))
	}
	for _, want := range []int64{1, 0} {
		b.Finish("a/x")
		b.Fold(Sample{Endpoint: "a/x", At: half, Total: 2 * time.Second, Outcome: OutcomeLeft})
		if r := b.Reading("a/x", "a", half); r.Probes != want || r.InFlight != want {
			t.Errorf("want %d: %+v", want, r)
		}
	}
	b.Answering("a/x") // of one that is no probe: nothing
	b.Begin("a/x", "a", half)
	if r := b.Reading("a/x", "a", half); r.Probes != 1 {
		t.Errorf("got %+v", r)
	}
}

// A probe that stays silent does not keep others away until its timeout.
func TestSilentProbe(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1}}
	b.Fold(failure(noon, OutcomeCut))
	half := noon.Add(9 * time.Second)
	for range 3 {
		b.Begin("a/x", "a", half)
		if r := b.Reading("a/x", "a", half.Add(10*time.Second-time.Microsecond)); r.Probes == 0 {
			t.Errorf("after nearly ten seconds: %+v", r)
		}
		half = half.Add(10 * time.Second)
		if r := b.Reading("a/x", "a", half); r.Probes != 0 || r.Circuit != HalfOpen {
			t.Errorf("after ten seconds: %+v", r)
		}
	}
}

// A probe whose end cannot be told from older ones, by a clock set back, is forgotten
// when nothing is in flight any more.
func TestProbesEndWithTheLastInFlight(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1}}
	b.Fold(failure(noon, OutcomeCut))
	b.Begin("a/x", "a", noon)
	b.Finish("a/x")
	b.Fold(failure(noon.Add(-time.Hour), OutcomeLeft))
	b.Begin("b/y", "b", noon)
	if r := b.Reading("a/x", "a", noon.Add(time.Minute)); r.Circuit != HalfOpen || r.Probes != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestFrozen(t *testing.T) {
	f := Frozen{"a/x": {Uptime: 5}}
	read := func(f Frozen, endpoint string) (r Reading) {
		r.Off = 7 // of another
		f.Read(&r, endpoint, "a", noon)
		return r
	}
	if read(f, "a/x") != (Reading{Uptime: 5}) || read(f, "b/y") != Untried() || read(nil, "a") != Untried() {
		t.Error("wrong readings")
	}
	var _ Snapshot = f
	var _ Snapshot = &Board{}
}

// A reading is written over whatever the place held.
func TestReadOverwrites(t *testing.T) {
	b := &Board{Off: map[string]Moment{"c": MomentOf(noon.Add(time.Hour))}}
	b.Fold(ok(noon, 200*time.Millisecond, time.Second, 100))
	for range 3 {
		b.Fold(failure(noon, OutcomeProviderError))
	}
	b.Begin("a/x", "a", noon)
	b.Pick("a/x", 4)
	b.Fold(Sample{Endpoint: "b/y", Account: "b", At: noon, Outcome: OutcomeRateLimited, RetryAt: noon.Add(time.Minute)})
	b.Fold(Sample{Endpoint: "c/z", At: noon, Outcome: OutcomeOK, Total: time.Second})
	all := []string{"a/x", "b/y", "c/z", "d/never"}
	for _, before := range all {
		for _, after := range all {
			r := b.Reading(before, before[:1], noon)
			b.Read(&r, after, after[:1], noon)
			if want := b.Reading(after, after[:1], noon); r != want {
				t.Errorf("%s after %s: %+v, want %+v", after, before, r, want)
			}
		}
	}
}

func BenchmarkFold(b *testing.B) {
	var h Health
	s := ok(noon, 200*time.Millisecond, time.Second, 100)
	b.ReportAllocs()
	for b.Loop() {
		s.At = s.At.Add(time.Millisecond)
		h.fold(&Rules{}, &s)
	}
}

func BenchmarkBoardReading(b *testing.B) {
	var board Board
	var ids []string
	for i := range 16 {
		s := ok(noon, time.Duration(i+1)*time.Second, time.Second, 100)
		s.Endpoint = "provider/" + strconv.Itoa(i)
		ids = append(ids, s.Endpoint)
		board.Fold(s)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if board.Reading(ids[i&15], "a", noon).Uptime != 1000 {
			b.Fatal()
		}
		i++
	}
}
