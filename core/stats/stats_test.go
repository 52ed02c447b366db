package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"strowger/core/llm"
)

var noon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

// half is a half-life.
const half = time.Duration(halfLife) * time.Microsecond

// ok is a stream that answered after first and then wrote out tokens in rest.
func ok(at time.Time, first, rest time.Duration, out int64) Sample {
	return Sample{Endpoint: "a/x", At: at, Outcome: OutcomeOK, Stream: true, FirstToken: first, Total: first + rest, Usage: llm.Usage{Output: out}}
}

func failure(at time.Time, o Outcome) Sample {
	return Sample{Endpoint: "a/x", At: at, Outcome: o, Stream: true, Total: 10 * time.Millisecond}
}

func TestNames(t *testing.T) {
	for o := OutcomeNone; int(o) < len(outcomeNames); o++ {
		if OutcomeNamed(o.String()) != o || (o.String() == "") != (o == OutcomeNone) {
			t.Errorf("outcome %d has the name %q", o, o)
		}
	}
	if len(outcomeNames) != int(OutcomeUnaffordable)+1 {
		t.Error("an outcome has no name")
	}
	for s := Closed; s <= HalfOpen; s++ {
		if StateNamed(s.String()) != s {
			t.Errorf("state %d has the name %q", s, s)
		}
	}
	if StateNamed("x") != Closed || OutcomeNamed("x") != OutcomeNone || State(9).String() != "" || Outcome(99).String() != "" || Fault(9).String() != "" {
		t.Error("a name that is none has a value")
	}
}

func TestFaults(t *testing.T) {
	want := map[Outcome]Fault{
		OutcomeRateLimited: FaultQuota, OutcomeCredentials: FaultCredentials,
		OutcomeClientError: FaultCaller, OutcomeContextLength: FaultCaller, OutcomeLeft: FaultCaller,
		OutcomeNone: FaultNone, OutcomeOK: FaultNone, OutcomeFiltered: FaultNone, OutcomeAbandoned: FaultNone, OutcomeUnaffordable: FaultNone,
	}
	for o := OutcomeNone; int(o) < len(outcomeNames); o++ {
		w, listed := want[o]
		if !listed {
			w = FaultProvider
		}
		if o.Fault() != w {
			t.Errorf("%s is the fault of %s, want %s", o, o.Fault(), w)
		}
	}
}

// A percentile lies in the bucket of the exact one, a quarter of an octave wide: at most
// a fourth too low or too high.
func TestPercentiles(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		n := 1 + rng.IntN(500)
		shape := rng.IntN(3)
		var h Health
		var all []float64
		sum := 0.0
		for range n {
			us := 0.0
			switch shape {
			case 0:
				us = 300 + rng.Float64()*1e6
			case 1:
				us = math.Exp(6 + rng.Float64()*13) // 400 µs to 3 minutes
			case 2:
				us = 250_000 * math.Exp(rng.NormFloat64())
			}
			us = math.Floor(min(max(us, 256), 5e8))
			all = append(all, us)
			sum += us
			h.fold(&Rules{}, new(ok(noon, time.Duration(us)*time.Microsecond, time.Second, 10)))
		}
		slices.Sort(all)
		got := h.Read(noon).Stream
		if got.Samples != int64(n)*1000 {
			t.Fatalf("%d samples, want %d", got.Samples, n*1000)
		}
		if math.Abs(float64(got.Mean)-sum/float64(n)) > 1 {
			t.Fatalf("mean %d, want %f", got.Mean, sum/float64(n))
		}
		for _, p := range []struct {
			share int
			got   uint32
		}{{50, got.P50}, {75, got.P75}, {90, got.P90}, {99, got.P99}} {
			want := all[min(n*p.share/100, n-1)]
			if ratio := float64(p.got) / want; ratio < 1/1.26 || ratio > 1.26 {
				t.Fatalf("p%d of %d samples is %d, want about %.0f", p.share, n, p.got, want)
			}
		}
		if got.P50 > got.P75 || got.P75 > got.P90 || got.P90 > got.P99 {
			t.Fatalf("not in order: %+v", got)
		}
	}
}

func TestBuckets(t *testing.T) {
	low, high := bounds(0)
	if low != 0 {
		t.Error("the first bucket does not begin at nothing")
	}
	for i := 1; i < buckets; i++ {
		l, h := bounds(i)
		if l != high || h <= l || float64(h-l) > float64(l)/4+1 {
			t.Fatalf("bucket %d is from %d to %d, the one before ends at %d", i, l, h, high)
		}
		low, high = l, h
	}
	for us := int64(1); us < 1<<31; us += 1 + us/97 {
		i := bucketOf(us)
		if l, h := bounds(i); us < l || us >= h && i != buckets-1 {
			t.Fatalf("%d µs is in bucket %d, from %d to %d", us, i, l, h)
		}
	}
	if bucketOf(math.MaxInt64) != buckets-1 || bucketOf(-5) != 0 {
		t.Error("extremes are not in the outermost buckets")
	}
	_, _ = low, high
}

func TestThroughput(t *testing.T) {
	for _, c := range []struct {
		name string
		s    Sample
		want int64 // tokens per thousand seconds
	}{
		{"a stream's speed is that after the first token", ok(noon, time.Second, 2*time.Second, 100), 50_000},
		{"one piece: all the time counts", ok(noon, 5*time.Second, 100*time.Microsecond, 500), 99_998},
		{"thinking unseen: all the time counts", Sample{At: noon, Outcome: OutcomeOK, Stream: true, FirstToken: 20 * time.Second, Total: 21 * time.Second, Usage: llm.Usage{Output: 100, Reasoning: 2000}}, 100_000},
		{"no tokens", ok(noon, time.Second, time.Second, 0), 0},
		{"negative tokens", ok(noon, time.Second, time.Second, -5), 0},
		{"whole", Sample{At: noon, Outcome: OutcomeOK, Total: 4 * time.Second, Usage: llm.Usage{Output: 100}}, 25_000},
	} {
		h := Fold(Rules{}, Health{}, c.s)
		r := h.Read(noon)
		if got := r.Stream.Tokens + r.Whole.Tokens; got != c.want {
			t.Errorf("%s: got %d, want %d", c.name, got, c.want)
		}
	}
	var h Health
	h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 100))
	h = Fold(Rules{}, h, ok(noon, time.Second, 3*time.Second, 100))
	if got := h.Read(noon).Stream.Tokens; got != 50_000 {
		t.Errorf("200 tokens in 4 s are %d", got)
	}
}

func TestStreamsAndWholeAnswersAreNotMixed(t *testing.T) {
	var h Health
	h = Fold(Rules{}, h, ok(noon, 100*time.Millisecond, time.Second, 100))
	h = Fold(Rules{}, h, Sample{At: noon, Outcome: OutcomeOK, Total: 9 * time.Second, Usage: llm.Usage{Output: 9}})
	r := h.Read(noon)
	if r.Stream.Samples != 1000 || r.Stream.Mean != 100_000 || r.Stream.Tokens != 100_000 {
		t.Errorf("streams: %+v", r.Stream)
	}
	if r.Whole.Samples != 1000 || r.Whole.Mean != 9_000_000 || r.Whole.Tokens != 1000 {
		t.Errorf("whole answers: %+v", r.Whole)
	}
	if r.Uptime != 1000 || r.Samples != 2000 {
		t.Errorf("got %+v", r)
	}
}

func TestFailuresNeverCountAsFast(t *testing.T) {
	before := Fold(Rules{}, Health{}, ok(noon, time.Second, time.Second, 100))
	want := before.Read(noon)
	for o := OutcomeNone; int(o) < len(outcomeNames); o++ {
		if o == OutcomeOK {
			continue
		}
		s := ok(noon, time.Millisecond, time.Millisecond, 1000)
		s.Outcome = o
		h := Fold(Rules{}, before, s)
		if got := h.Read(noon); got.Stream != want.Stream || got.Whole != want.Whole {
			t.Errorf("%s changed the speed to %+v", o, got.Stream)
		}
	}
	// A success that carried nothing has no time to a first token.
	h := Fold(Rules{}, before, ok(noon, 0, time.Second, 0))
	if got := h.Read(noon); got.Stream != want.Stream {
		t.Errorf("an answer without content changed the speed to %+v", got.Stream)
	}
}

func TestUptime(t *testing.T) {
	var h Health
	for i := range 10 {
		s := ok(noon, time.Second, time.Second, 1)
		if i == 3 {
			s.Outcome = OutcomeProviderError
		}
		h = Fold(Rules{}, h, s)
	}
	for _, o := range []Outcome{OutcomeRateLimited, OutcomeCredentials, OutcomeClientError, OutcomeLeft, OutcomeAbandoned} {
		h = Fold(Rules{}, h, failure(noon, o))
	}
	if r := h.Read(noon); r.Uptime != 900 || r.Samples != 10_000 || r.Failures != 0 {
		t.Errorf("got %+v", r)
	}
	h = Fold(Rules{}, h, failure(noon, OutcomeFiltered)) // the provider did answer
	if r := h.Read(noon); r.Uptime != 909 || r.Samples != 11_000 {
		t.Errorf("got %+v", r)
	}
}

func TestDecay(t *testing.T) {
	var h Health
	for range 64 {
		h = Fold(Rules{}, h, ok(noon, time.Second, time.Second, 100))
	}
	full := h.Read(noon)
	for n := range 5 {
		r := h.Read(noon.Add(time.Duration(n) * half))
		want := full
		want.Stream.Samples, want.Samples = full.Stream.Samples>>n, full.Samples>>n
		if r != want {
			t.Errorf("after %d half-lives: got %+v, want %+v", n, r, want)
		}
	}
	for _, far := range []time.Duration{40 * half, 1 << 62, math.MaxInt64} {
		if r := h.Read(noon.Add(far)); r != Untried() {
			t.Errorf("after %s: %+v", far, r)
		}
	}
	if r := h.Read(noon); r != full {
		t.Error("reading changes what is read")
	}
	// Old samples weigh less than new ones.
	h = Fold(Rules{}, h, ok(noon.Add(6*half), 3*time.Second, time.Second, 100))
	if r := h.Read(noon.Add(6 * half)); r.Stream.Mean != 2_000_000 || r.Stream.Samples != 2000 {
		t.Errorf("64 old and one new sample, six half-lives apart: %+v", r.Stream)
	}
}

// However the same time is cut into steps, what is left is the same but for rounding.
func TestDecayIsStableUnderGrouping(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var start Health
	for range 400 {
		start = Fold(Rules{}, start, ok(noon, time.Duration(1+rng.IntN(2000))*time.Millisecond, time.Second, 100))
	}
	end := noon.Add(half)
	once := start.Read(end)
	for range 50 {
		h := start
		for at := noon; at.Before(end); at = at.Add(time.Duration(1 + rng.Int64N(3*step*1000))) {
			h.fold(&Rules{}, new(failure(at, OutcomeLeft)))
		}
		r := h.Read(end)
		if d := math.Abs(float64(r.Stream.Samples)/float64(once.Stream.Samples) - 1); d > 0.03 {
			t.Fatalf("%d samples left in many steps, %d in one", r.Stream.Samples, once.Stream.Samples)
		}
		h.fold(&Rules{}, new(ok(end, 500*time.Millisecond, time.Second, 100)))
		one := Fold(Rules{}, start, ok(end, 500*time.Millisecond, time.Second, 100))
		a, b := h.Read(end).Stream, one.Read(end).Stream
		for _, p := range [][2]int64{{a.Mean, b.Mean}, {int64(a.P50), int64(b.P50)}, {int64(a.P90), int64(b.P90)}, {int64(a.P99), int64(b.P99)}, {a.Tokens, b.Tokens}, {int64(a.T50), int64(b.T50)}, {int64(a.T90), int64(b.T90)}} {
			if d := math.Abs(float64(p[0])/float64(p[1]) - 1); d > 0.05 {
				t.Fatalf("in many steps %+v, in one %+v", a, b)
			}
		}
	}
}

func TestFoldIsPureAndDeterministic(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var samples []Sample
	at := noon
	for range 2000 {
		at = at.Add(time.Duration(rng.Int64N(int64(time.Second))))
		samples = append(samples, Sample{At: at, Outcome: Outcome(rng.IntN(len(outcomeNames))), Stream: rng.IntN(2) == 0,
			FirstToken: time.Duration(rng.Int64N(int64(time.Second))), Total: time.Duration(rng.Int64N(int64(time.Minute))), Usage: llm.Usage{Output: rng.Int64N(1000)}})
	}
	var a, b Health
	for _, s := range samples {
		before := a
		next := Fold(Rules{}, a, s)
		if a != before {
			t.Fatal("Fold changed its argument")
		}
		a = next
	}
	for _, s := range samples {
		b = Fold(Rules{}, b, s)
	}
	if a != b {
		t.Error("the same samples make two healths")
	}
}

// Ten million samples at one moment, and absurd ones, overflow nothing.
func TestManySamples(t *testing.T) {
	n := 10_000_000
	if testing.Short() {
		n = 5_000_000
	}
	var h Health
	s := ok(noon, 200*time.Millisecond, time.Second, 100)
	for range n {
		h.fold(&Rules{}, &s)
	}
	r := h.Read(noon)
	if r.Uptime != 1000 || r.Samples != int64(n)*1000 {
		t.Errorf("got %+v", r)
	}
	if s := r.Stream; s.Samples < 500_000_000 || s.Samples > thousandths(mostWeight)+1000 || s.Mean != 200_000 || s.P50 < 180_000 || s.P50 > 230_000 || s.P99 > 230_000 || s.Tokens != 100_000 {
		t.Errorf("got %+v", s)
	}
	huge := ok(noon, math.MaxInt64/2, math.MaxInt64/2, math.MaxInt64)
	for range 3_000_000 {
		h.fold(&Rules{}, &huge)
	}
	if s := h.Read(noon).Stream; s.Mean < 200_000 || s.Mean > mostValue || s.P99 < s.P50 || s.T99 > s.T50 || s.Tokens <= 0 || s.Samples <= 0 {
		t.Errorf("got %+v", s)
	}
	if got := mulDiv(math.MaxUint64, math.MaxUint64, 3); got != math.MaxInt64 {
		t.Errorf("got %d", got)
	}
	if got := mulDiv(1, 1, 0); got != math.MaxInt64 {
		t.Errorf("got %d", got)
	}
}

func TestScale(t *testing.T) {
	for _, v := range []uint64{0, 1, 1024, 65535, 65536, 1 << 40, math.MaxUint64} {
		if scale(v, all) != v || scale(v, 0) != 0 {
			t.Errorf("scale(%d) by all is %d, by nothing %d", v, scale(v, all), scale(v, 0))
		}
	}
	for i, k := range kept {
		if want := math.Exp2(16 - float64(i)/steps); math.Abs(float64(k)-want) > 0.51 {
			t.Errorf("kept[%d] is %d, want %f", i, k, want)
		}
	}
	if keptAfter(-1) != all || keptAfter(0) != all || keptAfter(steps) != all/2 || keptAfter(17*steps) != 0 || keptAfter(1<<60) != 0 {
		t.Error("keptAfter is wrong")
	}
}
