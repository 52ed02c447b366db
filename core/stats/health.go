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

// Late is how old a sample may be that is folded where its times are another's word. An older
// one says hardly anything, and is taken for a clock that was set back.
const Late = time.Duration(setBack*step) * time.Microsecond

// Health is what the samples of one endpoint add up to. The zero value is an endpoint
// never tried. Values are copied, never shared: Fold returns the next one. Moments are in
// microseconds since 1970.
type Health struct {
	stream, whole track
	// good and bad are the weights of successes and provider faults.
	good, bad uint64
	decayed   int64 // up to when the weights have been decayed; 0 before the first sample
	before    int64 // what decayed was before the clock was set back, if it was

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
	from := h.since(now)
	n := (now - from) / step
	switch {
	case h.decayed == 0:
		h.decayed = now
		return
	case n < -setBack:
		h.before, h.decayed = max(h.before, h.decayed), now
		return
	case from == h.before:
		h.before, h.decayed = 0, from
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

// since is from when on the weights are to be decayed at now. If a sample said that the clock
// was set back, and now it jumps to where it had been, then it was the sample that was wrong:
// the time between the two has not passed.
func (h *Health) since(now int64) int64 {
	const jump = setBack * step / 2
	if h.before != 0 && now-h.decayed > jump && now > h.before-jump {
		return h.before
	}
	return h.decayed
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
