package stats

import "time"

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
	for i, n := range stateNames {
		if n == name {
			return State(i)
		}
	}
	return Closed
}

// window is a span of time in which an endpoint rests, in microseconds since 1970.
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
