package stats

import "time"

// Rules are the limits of a circuit. A zero field means its default.
type Rules struct {
	Failures    int           // consecutive provider faults that open the circuit; 3
	CoolDown    time.Duration // the first rest; 8s, doubled with each failed probe
	CoolDownMax time.Duration // 20s
}

func (r Rules) failures() int {
	if r.Failures > 0 {
		return r.Failures
	}
	return 3
}

func (r Rules) coolDown(opened int) time.Duration {
	d, most := r.CoolDown, r.CoolDownMax
	if d <= 0 {
		d = 8 * time.Second
	}
	if most <= 0 {
		most = 20 * time.Second
	}
	for ; opened > 1 && d < most; opened-- {
		d *= 2
	}
	return min(d, most)
}

// Weights halve every halfLife, in steps, so that folding costs little and gives the
// same numbers wherever it is done.
const (
	halfLife = 10 * time.Minute
	steps    = 32
	step     = halfLife / steps
)

// kept[i] is 65536 · 2^(-i/32).
var kept = [steps]uint64{
	65536, 64132, 62757, 61413, 60097, 58809, 57549, 56316, 55109, 53928, 52773, 51642,
	50535, 49452, 48393, 47356, 46341, 45348, 44376, 43425, 42495, 41584, 40693, 39821,
	38968, 38133, 37316, 36516, 35734, 34968, 34219, 33486,
}

// Health is what the samples of one endpoint add up to. The zero value is an endpoint
// never tried. Values are copied, never shared: Fold returns the next one.
type Health struct {
	stream, whole track
	// good and bad are the weights of successes and provider faults.
	good, bad uint64
	decayed   time.Time // up to when the weights have been decayed

	failures  int // provider faults in a row
	opened    int // times in a row that the circuit opened
	openUntil time.Time
	limited   time.Time // until when the provider asked to be left alone

	inFlight int64
	picked   int64
}

// track holds the speed of one kind of answer: streams and whole answers are never mixed.
type track struct {
	latency histogram // streams: to the first token; whole answers: to the end
	tokens  uint64    // output tokens × weight
	micros  uint64    // time they took in µs × weight
}

// Fold is h with one more sample.
func Fold(r Rules, h Health, s Sample) Health {
	h.decay(s.At)
	switch s.Outcome.Fault() {
	case FaultProvider:
		h.bad += unit
		h.failures++
		if h.failures >= r.failures() {
			h.opened++
			h.openUntil = s.At.Add(r.coolDown(h.opened))
		}
	case FaultNone:
		if s.Outcome == OutcomeOK || s.Outcome == OutcomeFiltered {
			h.good += unit
			h.failures, h.opened, h.openUntil, h.limited = 0, 0, time.Time{}, time.Time{}
		}
	}
	if s.RetryAt.After(s.At) && s.RetryAt.After(h.limited) {
		h.limited = s.RetryAt
	}
	if s.Outcome == OutcomeOK {
		h.measure(s)
	}
	return h
}

// measure takes the times of a success; failures never count as fast.
func (h *Health) measure(s Sample) {
	t, first, rest := &h.whole, s.Total, s.Total
	if s.Stream {
		t, first, rest = &h.stream, s.FirstToken, s.Total-s.FirstToken
	}
	if first <= 0 {
		return
	}
	t.latency.add(first.Microseconds())
	if out := s.Usage.Output + s.Usage.Reasoning; out > 0 && rest > 0 {
		t.tokens += uint64(out) * unit
		t.micros += uint64(max(rest.Microseconds(), 1)) * unit
	}
}

func (h *Health) decay(now time.Time) {
	if h.decayed.IsZero() {
		h.decayed = now
		return
	}
	n := now.Sub(h.decayed) / step
	if n <= 0 {
		return
	}
	h.decayed = h.decayed.Add(n * step)
	halvings := uint(n / steps)
	if halvings > 40 {
		h.stream, h.whole, h.good, h.bad = track{}, track{}, 0, 0
		return
	}
	factor := kept[n%steps] >> halvings
	for _, t := range [...]*track{&h.stream, &h.whole} {
		if t.latency.total > 0 {
			t.latency.decay(factor)
			t.tokens, t.micros = scale(t.tokens, factor), scale(t.micros, factor)
		}
	}
	h.good, h.bad = scale(h.good, factor), scale(h.bad, factor)
}

// scale is v·factor/65536 without overflow for any v.
func scale(v, factor uint64) uint64 { return v>>16*factor + v&0xffff*factor>>16 }
