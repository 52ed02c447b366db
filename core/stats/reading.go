package stats

import "time"

// State is the state of a circuit.
type State uint8

// The states.
const (
	Closed State = iota
	Open
	HalfOpen
)

var stateNames = [...]string{"closed", "open", "half_open"}

// String is the state's name.
func (s State) String() string { return stateNames[s] }

// StateNamed is the state of that name; Closed if there is none.
func StateNamed(name string) State {
	for i, n := range stateNames {
		if n == name {
			return State(i)
		}
	}
	return Closed
}

// Reading is what is known of an endpoint at a moment, in whole numbers. It is all of
// the past that a decision depends on, so a decision that keeps its readings can be
// made again.
type Reading struct {
	Stream, Whole Speed
	Uptime        int64 // successes per thousand attempts that were the provider's to win; 1000 when never tried
	Samples       int64 // thousandths of attempts behind Uptime
	Failures      int   // provider faults in a row
	Circuit       State
	Until         time.Time // end of the rest while the circuit is Open
	Limited       time.Time // end of the provider's Retry-After window; zero when past
	InFlight      int64
	Picked        int64
}

// Speed are the times of one kind of answer.
type Speed struct {
	Samples       int64 // thousandths of (decayed) samples
	Mean          int64 // µs to the first token (streams) or to the end (whole answers)
	P50, P90, P99 int64 // µs
	Tokens        int64 // output tokens per thousand seconds; 0 when unknown
}

// Read is what h says at now. h itself stays as it is.
func (h Health) Read(now time.Time) Reading {
	h.decay(now)
	r := Reading{
		Stream: h.stream.read(), Whole: h.whole.read(), Uptime: 1000,
		Samples:  int64((h.good + h.bad) * 1000 / unit),
		Failures: h.failures, InFlight: h.inFlight, Picked: h.picked,
	}
	if all := h.good + h.bad; all > 0 {
		r.Uptime = int64(h.good * 1000 / all)
	}
	if !h.openUntil.IsZero() {
		r.Circuit = HalfOpen
		if now.Before(h.openUntil) {
			r.Circuit, r.Until = Open, h.openUntil
		}
	}
	if now.Before(h.limited) {
		r.Limited = h.limited
	}
	return r
}

func (t *track) read() Speed {
	s := Speed{Samples: int64(t.latency.total * 1000 / unit), Mean: t.latency.mean()}
	s.P50, s.P90, s.P99 = t.latency.percentiles()
	if t.micros > 0 {
		s.Tokens = int64(mulDiv(t.tokens, 1_000_000_000, t.micros))
	}
	return s
}
