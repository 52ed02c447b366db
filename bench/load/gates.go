package main

import (
	"fmt"
	"strings"
)

// gate is a bound that strowger is held against, by the median over the rounds.
type gate struct {
	Name  string  `json:"name"`
	Bound float64 `json:"bound"`
	Least bool    `json:"at_least,omitempty"` // the bound is the least; otherwise the most
	Unit  string  `json:"unit,omitempty"`     // of the value; none: it is a ratio
	Value spread  `json:"value"`
	Count int     `json:"count"`                 // values that the median is of
	Of    int     `json:"of"`                    // values that there could be: rounds, mostly
	Late  int     `json:"rounds_late,omitempty"` // of an open loop that strowger did not keep up with
	State string  `json:"state"`
}

// States of a gate.
const (
	gateHeld    = "held"
	gateMissed  = "missed"
	gateUnknown = "not measured"
)

// What most gates are defined for.
const (
	gateConnections = 64
	gateRate        = 2_000
)

// missedError says that all went well, but that strowger is not as good as it is to be.
type missedError struct{ names []string }

// Error names the gates.
func (e missedError) Error() string {
	return fmt.Sprintf("%d missed: %s", len(e.names), strings.Join(e.names, "; "))
}

// unmeasuredError says that no gate was missed, but that some are not known to be held.
type unmeasuredError struct{ count, of int }

// Error says how many.
func (e unmeasuredError) Error() string {
	return fmt.Sprintf("%d of %d gates not measured", e.count, e.of)
}

// fastest is the rate up to which no request may be missing in the record.
const fastest = 10_000

// series are the values that a gate is judged by, of as many as there could be.
type series struct {
	values   []float64
	of, late int
}

// gates holds what was measured against the bounds.
func (r *result) gates() []gate {
	of := func(load string, value func(turn) float64, base string) series {
		rounds := r.rounds(load)
		return series{values: ratios(rounds, rounds, value, nameStrowger, base), of: len(rounds)}
	}
	routing, plain := r.rounds(routingLoad), r.rounds(plainLoad)
	return []gate{
		most("CPU of a request, 356 B, to ReverseProxy's", 0.65, "", of(plainLoad, cpuOf, nameReverse)),
		most("CPU of a request, 356 B, to nginx's", 2.0, "", of(plainLoad, cpuOf, nameNginx)),
		most("CPU of a request, 20 KB, to ReverseProxy's", 0.75, "", of(largeLoad, cpuOf, nameReverse)),
		least("requests a second, 356 B, to ReverseProxy's", 1.7, of(plainLoad, rateOf, nameReverse)),
		most("CPU of a request, 356 B, to that without a record", 1.15, "", of(plainLoad, cpuOf, nameBare)),
		most("time added at the median, open loop, to ReverseProxy's", 1.0, "", added(r.rounds(openLoad), p50Of)),
		most("time added at p99, open loop, to ReverseProxy's", 1.3, "", added(r.rounds(openLoad), p99Of)),
		most("CPU of an event, stream at its pace, to ReverseProxy's", 0.9, "", of(pacedLoad, cpuOf, nameReverse)),
		most("CPU of an event, stream in one piece, to ReverseProxy's", 1.1, "", of(burstLoad, cpuOf, nameReverse)),
		most("CPU of a request with routing at work, to the plain one", 1.25, "", series{values: ratiosBetween(routing, nameRouting, plain, nameStrowger), of: max(len(routing), len(plain))}),
		most("memory at rest", 20, "MiB", all(r.idle())),
		most("start to the first answer", 30, "ms", all(r.begins())),
		most(fmt.Sprintf("requests not recorded, below %d/s", fastest), 0, "requests", all(r.lost())),
	}
}

// rounds are those of a workload that gates may be judged by: none, if it was sent in another way than they
// are defined for.
func (r *result) rounds(load string) []round {
	m := r.workload(load)
	if m == nil || r.Connections != gateConnections || m.Rate != 0 && m.Rate != gateRate {
		return nil
	}
	return m.Rounds
}

// all are values of which none could not be used.
func all(vs []float64) series { return series{values: vs, of: len(vs)} }

func most(name string, bound float64, unit string, s series) gate {
	return gate{Name: name, Bound: bound, Unit: unit}.judge(s)
}

func least(name string, bound float64, s series) gate {
	return gate{Name: name, Bound: bound, Least: true}.judge(s)
}

// judge takes the median of more than half of what there could be; of less it says nothing.
func (g gate) judge(s series) gate {
	g.Value, g.Count, g.Of, g.Late = spreadOf(s.values), len(s.values), s.of, s.late
	switch {
	case s.late > 0:
		g.State = gateMissed
	case 2*g.Count <= g.Of:
		g.State = gateUnknown
	case g.Least && g.Value.Median >= g.Bound, !g.Least && g.Value.Median <= g.Bound:
		g.State = gateHeld
	default:
		g.State = gateMissed
	}
	return g
}

// ratiosBetween are the CPU times of a peer to those of another in another workload, by round.
func ratiosBetween(of []round, name string, to []round, base string) []float64 {
	var vs []float64
	for i := range min(len(of), len(to)) {
		if a, b := of[i][name].CPU, to[i][base].CPU; a > 0 && b > 0 {
			vs = append(vs, a/b)
		}
	}
	return vs
}

// nothing is how many milliseconds ReverseProxy is taken to add where it added less, or none that
// could be told.
const nothing = 0.01

// added is the time that strowger adds to the direct way, to what ReverseProxy adds. Where strowger did not
// keep up its times say only how long was measured: it is late. Where only others did not, nothing is known.
func added(rounds []round, value func(turn) float64) series {
	s := series{of: len(rounds)}
	for _, r := range rounds {
		direct, reverse, strowger := r[nameDirect], r[nameReverse], r[nameStrowger]
		switch {
		case direct.Requests == 0 || direct.Unsent > 0:
		case strowger.Unsent > 0:
			s.late++
		case strowger.Requests > 0 && reverse.Requests > 0 && reverse.Unsent == 0:
			s.values = append(s.values, max(value(strowger)-value(direct), 0)/max(value(reverse)-value(direct), nothing))
		}
	}
	return s
}

// idle is the memory of strowger at rest, in MiB.
func (r *result) idle() []float64 {
	if p := r.about(nameStrowger); p != nil && p.Idle.Resident > 0 {
		return []float64{float64(p.Idle.Resident) / (1 << 20)}
	}
	return nil
}

// begins is how long each start of strowger took, in milliseconds.
func (r *result) begins() []float64 {
	if p := r.about(nameStrowger); p != nil {
		return p.Starts
	}
	return nil
}

// lost is how many requests were not recorded where there was time for it: all, but for those of turns that
// were faster.
func (r *result) lost() []float64 {
	slow, lost := 0, int64(0)
	for _, name := range []string{nameStrowger, nameRouting} {
		if p := r.about(name); p != nil {
			lost += p.Record.Dropped
		}
		for _, m := range r.Workloads {
			for _, round := range m.Rounds {
				if t, ok := round[name]; ok && t.Rate < fastest {
					slow++
				} else {
					lost -= t.Dropped
				}
			}
		}
	}
	if slow == 0 && lost == 0 {
		return nil
	}
	return []float64{float64(lost)}
}

// verdict is an error that names the gates that were missed, or says how many were not measured, if any.
func (r *result) verdict() error {
	var e missedError
	for _, g := range r.Gates {
		if g.State == gateMissed {
			e.names = append(e.names, g.Name)
		}
	}
	if e.names != nil {
		return e
	}
	if n := r.unmeasured(); n > 0 {
		return unmeasuredError{n, len(r.Gates)}
	}
	return nil
}

// unmeasured is how many gates were not.
func (r *result) unmeasured() (n int) {
	for _, g := range r.Gates {
		if g.State == gateUnknown {
			n++
		}
	}
	return n
}

// String is the bound for people.
func (g gate) String() string {
	sign := "≤"
	if g.Least {
		sign = "≥"
	}
	return strings.TrimSpace(fmt.Sprintf("%s %g %s", sign, g.Bound, g.Unit))
}

// value is what was measured, for people.
func (g gate) value() string {
	text := "–"
	if g.Count > 0 {
		text = fmt.Sprintf("%.2f", g.Value.Median)
	}
	if g.Value.Min != g.Value.Max {
		text = fmt.Sprintf("%.2f (%.2f to %.2f)", g.Value.Median, g.Value.Min, g.Value.Max)
	}
	switch {
	case g.Late > 0:
		text += fmt.Sprintf(", did not keep up in %d of %d rounds", g.Late, g.Of)
	case g.Count < g.Of:
		text += fmt.Sprintf(", %d of %d rounds", g.Count, g.Of)
	}
	return text
}
