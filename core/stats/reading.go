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
	Off            Moment // until when its provider is switched off by hand; 0 when it is not
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
func (h *Health) Read(at time.Time) (r Reading) {
	h.read(&r, at.UnixMicro())
	return r
}

// read writes every field of r: those that only a Board knows are none.
func (h *Health) read(r *Reading, now int64) {
	kept := keptAfter((now - h.since(now)) / step)
	h.stream.read(&r.Stream, kept)
	h.whole.read(&r.Whole, kept)
	r.Uptime, r.Samples = 1000, thousandths(scale(h.good+h.bad, kept))
	if r.Samples > 0 {
		r.Uptime = int64(h.good * 1000 / (h.good + h.bad))
	}
	r.Failures, r.Circuit, r.Until = h.circuit.failures, h.circuit.state(now), 0
	if r.Circuit == Open {
		r.Until = h.circuit.rest.end(now)
	}
	r.Limited, r.LimitedAccount, r.Off = h.limit.end(now), false, 0
	r.InFlight, r.Probes, r.Picked = h.inFlight, min(h.circuit.probed(now), h.inFlight), h.picked
}

// Untried is the reading of an endpoint of which nothing is known.
func Untried() Reading { return Reading{Uptime: 1000} }
