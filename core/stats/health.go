package stats

import "time"

// Weights halve every halfLife, in steps, so that folding costs little and gives the
// same numbers wherever it is done.
const (
	halfLife = int64(10 * time.Minute / time.Microsecond)
	steps    = 32
	step     = halfLife / steps
	// setBack is how many steps back a clock must go to be taken as set back; samples
	// that come late are within.
	setBack = 6 * steps
)

// Health is what the samples of one endpoint add up to. The zero value is an endpoint
// never tried. Values are copied, never shared: Fold returns the next one. Moments are in
// microseconds since 1970.
type Health struct {
	stream, whole track
	// good and bad are the weights of successes and provider faults.
	good, bad uint64
	decayed   int64 // up to when the weights have been decayed; 0 before the first sample

	circuit circuit
	limit   limit // of the endpoint; that of its account is the board's

	provider string // whose account it is on; empty until one has been sent
	inFlight int64
	picked   int64
}

// Fold is h with one more sample.
func Fold(r Rules, h Health, s Sample) Health {
	h.fold(&r, &s)
	return h
}

func (h *Health) fold(r *Rules, s *Sample) {
	h.decay(s.At.UnixMicro())
	h.judge(r, s)
	if s.Outcome == OutcomeOK {
		h.measure(s)
	}
}

// judge takes what the outcome says of the endpoint's health.
func (h *Health) judge(r *Rules, s *Sample) {
	switch {
	case s.Outcome.answered():
		h.good += unit
	case s.Outcome.Fault() == FaultProvider:
		h.bad += unit
	}
	h.circuit.judge(r, s)
	h.limit.judge(s, ofEndpoint)
}

// measure takes the times of a success; failures never count as fast. The speed of a
// stream is that of its output after the first token. If nearly all the time had passed
// by then, the answer came in one piece, made while the caller waited: all of it counts.
func (h *Health) measure(s *Sample) {
	t, first, rest := &h.whole, s.Total, s.Total
	if s.Stream {
		t, first = &h.stream, s.FirstToken
		if after := s.Total - s.FirstToken; after > s.Total/10 {
			rest = after
		}
	}
	if first > 0 {
		t.add(first, rest, s.Usage.Output+s.Usage.Reasoning)
	}
}

func (h *Health) decay(now int64) {
	n := (now - h.decayed) / step
	if h.decayed == 0 || n < -setBack {
		h.decayed = now
		return
	}
	if n <= 0 {
		return
	}
	h.decayed += n * step
	factor := keptAfter(n)
	h.stream.decay(factor)
	h.whole.decay(factor)
	h.good, h.bad = scale(h.good, factor), scale(h.bad, factor)
}

// kept[i] is 65536 · 2^(-i/32).
var kept = [steps]uint64{
	65536, 64132, 62757, 61413, 60097, 58809, 57549, 56316, 55109, 53928, 52773, 51642,
	50535, 49452, 48393, 47356, 46341, 45348, 44376, 43425, 42495, 41584, 40693, 39821,
	38968, 38133, 37316, 36516, 35734, 34968, 34219, 33486,
}

// all is the factor that keeps everything: factors are counted in parts of it.
const all = 1 << 16

// keptAfter is 2^(-n/32): what is left of a weight after n steps.
func keptAfter(n int64) uint64 {
	if n <= 0 {
		return all
	}
	return kept[n%steps] >> min(n/steps, 63)
}

// scale is v·factor/65536, rounded down, without overflow for any v.
func scale(v, factor uint64) uint64 { return v>>16*factor + v&0xffff*factor>>16 }
