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
	// LimitedAccount: Limited is of the whole account at the provider, not of the endpoint.
	LimitedAccount bool
	Until          Moment // end of the rest while the circuit is Open; 0 otherwise
	Limited        Moment // end of the window in which the provider takes nothing; 0 when past
	InFlight       int64
	// Probes are the attempts in flight that keep others from probing: they began after the
	// circuit opened, the last of them not long ago, and carry no content yet.
	Probes int64
	Picked int64
}

// Moment is a point in time in microseconds since 1970; 0 is none. Readings are copied a
// lot, and this is a third of a time.Time.
type Moment int64

// MomentOf is t in whole microseconds; the zero time is none.
func MomentOf(t time.Time) Moment {
	if t.IsZero() {
		return 0
	}
	return Moment(t.UnixMicro())
}

// IsZero reports whether m is none.
func (m Moment) IsZero() bool { return m == 0 }

// Time is the moment in UTC; the zero time for none.
func (m Moment) Time() time.Time {
	if m.IsZero() {
		return time.Time{}
	}
	return time.UnixMicro(int64(m)).UTC()
}

// Speed are the times of one kind of answer. A percentile is what that share of answers
// did no worse than: 90 in a hundred took at most P90, and wrote at least T90. So OpenRouter
// reads them (https://openrouter.ai/docs/guides/routing/provider-selection, How Percentiles
// Work): "p90: 90% of requests perform better than this value". They come from a histogram
// with buckets a quarter of an octave wide.
type Speed struct {
	Samples            int64  // thousandths of (decayed) samples
	Mean               int64  // µs to the first token (streams) or to the end (whole answers)
	Tokens             int64  // output tokens per thousand seconds of all together; 0 when unknown
	P50, P75, P90, P99 uint32 // µs
	T50, T75, T90, T99 uint32 // output tokens per thousand seconds; 0 when unknown
}

// Read is what h says at a moment. h itself stays as it is.
func (h *Health) Read(at time.Time) Reading {
	now := at.UnixMicro()
	kept := keptAfter((now - h.since(now)) / step)
	r := Reading{
		Stream: h.stream.read(kept), Whole: h.whole.read(kept), Uptime: 1000,
		Failures: h.circuit.failures, Circuit: h.circuit.state(now), Limited: h.limit.end(now),
		InFlight: h.inFlight, Probes: min(h.circuit.probed(now), h.inFlight), Picked: h.picked,
	}
	if r.Circuit == Open {
		r.Until = h.circuit.rest.end(now)
	}
	if r.Samples = thousandths(scale(h.good+h.bad, kept)); r.Samples > 0 {
		r.Uptime = int64(h.good * 1000 / (h.good + h.bad))
	}
	return r
}

// untried is the reading of an endpoint of which nothing is known.
func untried() Reading { return Reading{Uptime: 1000} }
