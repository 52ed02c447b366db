package stats

import (
	"strconv"
	"testing"
	"time"
)

func TestBoard(t *testing.T) {
	var b Board
	if r := b.Reading("a/x", noon); r != untried() || r.Uptime != 1000 {
		t.Errorf("got %+v", r)
	}
	b.Begin("a/x")
	b.Begin("a/x")
	b.Begin("b/y")
	b.Pick("a/x", 7)
	b.Fold(ok(noon, time.Second, time.Second, 1))
	if r := b.Reading("a/x", noon); r.InFlight != 2 || r.Picked != 7 || r.Stream.Samples != 1000 || r.Probes != 0 {
		t.Errorf("got %+v", r)
	}
	if r := b.Reading("b/y", noon); r.InFlight != 1 || r.Picked != 0 || r.Stream.Samples != 0 {
		t.Errorf("got %+v", r)
	}
	for range 3 {
		b.Finish("a/x")
	}
	b.Finish("c/z")
	if b.Reading("a/x", noon).InFlight != 0 || b.Reading("c/z", noon).InFlight != 0 {
		t.Error("less than nothing is in flight")
	}
	var again Board
	again.Fold(ok(noon, time.Second, time.Second, 1))
	want := Fold(Rules{}, Health{}, ok(noon, time.Second, time.Second, 1))
	if got := again.Reading("a/x", noon); got != want.Read(noon) {
		t.Errorf("the board folds to %+v, Fold to %+v", got, want.Read(noon))
	}
}

func TestBoardUsesItsRules(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1, CoolDown: time.Minute, CoolDownMax: time.Hour}}
	b.Fold(failure(noon, OutcomeCut))
	if r := b.Reading("a/x", noon); r.Circuit != Open || r.Until.Time().Sub(noon) != time.Minute {
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
	b.Begin("a/x") // the long stream
	b.Begin("a/x")
	end(noon, time.Second, OutcomeCut)
	half := noon.Add(9 * time.Second)
	if r := b.Reading("a/x", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("before the probe: %+v", r)
	}
	b.Begin("a/x")
	if r := b.Reading("a/x", half); r.InFlight != 2 || r.Probes != 1 {
		t.Errorf("during the probe: %+v", r)
	}
	end(half.Add(time.Second), time.Second, OutcomeCut)
	if r := b.Reading("a/x", half.Add(time.Second)); r.Circuit != Open || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("after the probe: %+v", r)
	}
	half = half.Add(18 * time.Second)
	b.Begin("a/x")
	end(half, time.Second, OutcomeRateLimited) // says nothing of the circuit: the next one is the probe
	if r := b.Reading("a/x", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("after a probe that says nothing: %+v", r)
	}
	b.Begin("a/x")
	end(half.Add(time.Second), half.Add(time.Second).Sub(noon.Add(-time.Second)), OutcomeLeft) // the long stream ends without a word
	if r := b.Reading("a/x", half); r.Circuit != HalfOpen || r.InFlight != 1 || r.Probes != 1 {
		t.Errorf("during the second probe: %+v", r)
	}
	end(half.Add(2*time.Second), time.Second, OutcomeOK)
	if r := b.Reading("a/x", half); r.Circuit != Closed || r.InFlight != 0 || r.Probes != 0 {
		t.Errorf("after the second probe: %+v", r)
	}
	b.Begin("a/x")
	if r := b.Reading("a/x", half); r.InFlight != 1 || r.Probes != 0 {
		t.Errorf("closed: %+v", r)
	}
}

// A probe whose end cannot be told from older ones, by a clock set back, is forgotten
// when nothing is in flight any more.
func TestProbesEndWithTheLastInFlight(t *testing.T) {
	b := Board{Rules: Rules{Failures: 1}}
	b.Fold(failure(noon, OutcomeCut))
	b.Begin("a/x")
	b.Finish("a/x")
	b.Fold(failure(noon.Add(-time.Hour), OutcomeLeft))
	b.Begin("b/y")
	if r := b.Reading("a/x", noon.Add(time.Minute)); r.Circuit != HalfOpen || r.Probes != 0 {
		t.Errorf("got %+v", r)
	}
}

func TestFrozen(t *testing.T) {
	f := Frozen{"a/x": {Uptime: 5}}
	if f.Reading("a/x", noon).Uptime != 5 || f.Reading("b/y", noon) != untried() || Frozen(nil).Reading("a", noon) != untried() {
		t.Error("wrong readings")
	}
	var _ Snapshot = f
	var _ Snapshot = &Board{}
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
		if board.Reading(ids[i&15], noon).Uptime != 1000 {
			b.Fatal()
		}
		i++
	}
}
