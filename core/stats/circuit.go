package stats

import (
	"slices"
	"time"
)

// Rules are the limits of a circuit. A zero field means its default.
type Rules struct {
	Failures    int           // consecutive provider faults that open the circuit; 3
	CoolDown    time.Duration // the first rest; 8s, doubled with each failed probe
	CoolDownMax time.Duration // 20s
}

func (r *Rules) failures() int {
	if r.Failures > 0 {
		return r.Failures
	}
	return 3
}

// coolDown is how long the circuit rests when it opens for the n-th time in a row.
func (r *Rules) coolDown(n int) time.Duration {
	d, most := r.CoolDown, r.CoolDownMax
	if d <= 0 {
		d = 8 * time.Second
	}
	if most <= 0 {
		most = 20 * time.Second
	}
	for ; n > 1 && d <= most/2; n-- {
		d *= 2
	}
	if n > 1 {
		return most
	}
	return min(d, most)
}

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
func (s State) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return ""
}

// StateNamed is the state of that name; Closed if there is none.
func StateNamed(name string) State {
	return State(max(slices.Index(stateNames[:], name), 0))
}

// patience is how long a probe that carries no content keeps others from beginning. The
// longest rest and this are half a minute: a provider that is well again is used again within
// that time, however long the probe it did not answer still waits.
const patience = 10 * time.Second

// memory is how long faults stay in a row. It is the time in which all else that is known
// loses half of its weight.
const memory = halfLife

// circuit is that of one endpoint. While it is not closed, every attempt that begins is a
// probe, also one that is made for want of another endpoint while it rests.
type circuit struct {
	failures int    // provider faults in a row
	fault    int64  // when the last of them was
	opened   int    // times in a row that it opened; 0 while it is closed
	rest     window // since it opened last

	probes    int64  // in flight without content
	answering int64  // in flight with content: probes no longer
	probing   window // in which the last of them that began keeps others away
}

// begin counts an attempt that is sent.
func (c *circuit) begin(now int64) {
	if c.opened > 0 {
		c.probes++
		c.probing = window{now, now + patience.Microseconds()}
	}
}

// answer notes that a probe carries content.
func (c *circuit) answer() {
	if c.probes > 0 {
		c.probes--
		c.answering++
	}
}

// probed is how many probes keep others from beginning.
func (c *circuit) probed(now int64) int64 {
	if c.probing.covers(now) {
		return c.probes
	}
	return 0
}

// end counts a probe that is over: one of those with content if it has carried any.
func (c *circuit) end(content bool) {
	if content && c.answering > 0 {
		c.answering--
	} else {
		c.probes = max(c.probes-1, 0)
	}
}

// judge takes the end of an attempt. One that began before the circuit opened is no probe:
// its failure says nothing that was not known then.
func (c *circuit) judge(r *Rules, s *Sample) {
	at, began := s.span()
	if s.Outcome.answered() {
		*c = circuit{}
		return
	}
	probe := c.opened > 0 && began >= c.rest.from
	if probe {
		c.end(s.FirstToken > 0)
	}
	if s.Outcome.Fault() != FaultProvider {
		return
	}
	failed := probe && c.state(at) == HalfOpen
	if (failed || c.opened == 0) && at-c.fault > memory {
		c.failures, c.opened = 0, 0
	}
	c.failures++
	c.fault = at
	if failed || c.opened == 0 && c.failures >= r.failures() {
		c.opened++
		c.probes, c.answering, c.probing = 0, 0, window{}
		c.rest = window{at, at + r.coolDown(c.opened).Microseconds()}
	}
}

func (c *circuit) state(now int64) State {
	switch {
	case c.opened == 0:
		return Closed
	case c.rest.covers(now):
		return Open
	}
	return HalfOpen
}

// window is a span of time in which something is left alone, in microseconds since 1970.
type window struct{ from, until int64 }

// covers reports whether now is in the window. A clock that was set back does not make it
// longer than twice what it was.
func (w window) covers(now int64) bool {
	left := w.until - now
	return left > 0 && left/2 <= w.until-w.from
}

// end is the end of the window; none outside of it.
func (w window) end(now int64) Moment {
	if !w.covers(now) {
		return 0
	}
	return Moment(w.until)
}
