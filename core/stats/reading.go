package stats

import "time"

// Reading is what is known of an endpoint at a moment, in whole numbers. It is all of
// the past that a decision depends on, so a decision that keeps its readings can be
// made again.
type Reading struct {
	Stream, Whole Speed
	Uptime        int64 // successes per thousand attempts that were the provider's to win; 1000 when never tried
	Samples       int64 // thousandths of attempts behind Uptime
	Failures      int   // provider faults in a row
	Circuit       State
	Until         time.Time // end of the rest while the circuit is Open; in whole microseconds, UTC, as Limited
	Limited       time.Time // end of the provider's Retry-After window; zero when past
	InFlight      int64
	Probes        int64 // attempts in flight that began after the circuit opened
	Picked        int64
}

// Speed are the times of one kind of answer.
type Speed struct {
	Samples       int64 // thousandths of (decayed) samples
	Mean          int64 // µs to the first token (streams) or to the end (whole answers)
	P50, P90, P99 int64 // µs
	Tokens        int64 // output tokens per thousand seconds; 0 when unknown
}

// Read is what h says at a moment. h itself stays as it is.
func (h *Health) Read(at time.Time) Reading {
	now := at.UnixMicro()
	kept := keptAfter((now - h.decayed) / step)
	r := Reading{
		Stream: h.stream.read(kept), Whole: h.whole.read(kept), Uptime: 1000,
		Failures: h.failures, Circuit: h.state(now), Limited: h.limit.end(now),
		InFlight: h.inFlight, Probes: h.probes, Picked: h.picked,
	}
	if r.Circuit == Open {
		r.Until = h.rest.end(now)
	}
	if r.Samples = thousandths(scale(h.good+h.bad, kept)); r.Samples > 0 {
		r.Uptime = int64(h.good * 1000 / (h.good + h.bad))
	}
	return r
}

// untried is the reading of an endpoint of which nothing is known.
func untried() Reading { return Reading{Uptime: 1000} }
