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
	State string  `json:"state"`
}

// States of a gate.
const (
	gateHeld    = "held"
	gateMissed  = "missed"
	gateUnknown = "not measured"
)

// missedError says that everything was measured, and that strowger is not as good as it is to be.
type missedError struct{ names []string }

// Error names the gates.
func (e missedError) Error() string {
	return fmt.Sprintf("%d missed: %s", len(e.names), strings.Join(e.names, "; "))
}

// fastest is the rate up to which no request may be missing in the record.
const fastest = 10_000

// gates holds what was measured against the bounds.
func (r *result) gates() []gate {
	rounds := func(load string) []round {
		if m := r.workload(load); m != nil {
			return m.Rounds
		}
		return nil
	}
	of := func(load string, value func(turn) float64, base string) []float64 {
		return ratios(rounds(load), rounds(load), value, nameStrowger, base)
	}
	return []gate{
		most("CPU of a request, 356 B, to ReverseProxy's", 0.65, "", of(plainLoad, cpuOf, nameReverse)),
		most("CPU of a request, 356 B, to nginx's", 2.0, "", of(plainLoad, cpuOf, nameNginx)),
		most("CPU of a request, 20 KB, to ReverseProxy's", 0.75, "", of(largeLoad, cpuOf, nameReverse)),
		least("requests a second, 356 B, to ReverseProxy's", 1.7, of(plainLoad, rateOf, nameReverse)),
		most("CPU of a request, 356 B, to that without a record", 1.15, "", of(plainLoad, cpuOf, nameBare)),
		most("time added at the median, open loop, to ReverseProxy's", 1.0, "", added(rounds(openLoad), p50Of)),
		most("time added at p99, open loop, to ReverseProxy's", 1.3, "", added(rounds(openLoad), p99Of)),
		most("CPU of an event, stream at its pace, to ReverseProxy's", 0.9, "", of(pacedLoad, cpuOf, nameReverse)),
		most("CPU of an event, stream in one piece, to ReverseProxy's", 1.1, "", of(burstLoad, cpuOf, nameReverse)),
		most("CPU of a request with routing at work, to the plain one", 1.25, "", ratiosBetween(rounds(routingLoad), nameRouting, rounds(plainLoad), nameStrowger)),
		most("memory at rest", 20, "MiB", r.idle()),
		most("start to the first answer", 30, "ms", r.begins()),
		most(fmt.Sprintf("requests not recorded, of turns below %d/s", fastest), 0, "requests", r.lost()),
	}
}

func most(name string, bound float64, unit string, vs []float64) gate {
	return gate{Name: name, Bound: bound, Unit: unit}.judge(vs)
}

func least(name string, bound float64, vs []float64) gate {
	return gate{Name: name, Bound: bound, Least: true}.judge(vs)
}

func (g gate) judge(vs []float64) gate {
	g.Value = spreadOf(vs)
	switch {
	case len(vs) == 0:
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

// added is the time that strowger adds to the direct way, to what ReverseProxy adds. A round
// in which ReverseProxy added nothing, or somebody did not keep up, says nothing.
func added(rounds []round, value func(turn) float64) []float64 {
	var vs []float64
	for _, r := range rounds {
		direct, reverse, strowger := r[nameDirect], r[nameReverse], r[nameStrowger]
		if direct.Requests == 0 || strowger.Requests == 0 || direct.Unsent+reverse.Unsent > 0 || value(reverse) <= value(direct) {
			continue
		}
		vs = append(vs, max(value(strowger)-value(direct), 0)/(value(reverse)-value(direct)))
	}
	return vs
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

// lost is how many requests were not recorded, where there was time for it.
func (r *result) lost() []float64 {
	turns, lost := 0, 0.0
	for _, m := range r.Workloads {
		for _, round := range m.Rounds {
			for _, name := range []string{nameStrowger, nameRouting} {
				if t, ok := round[name]; ok && t.Rate < fastest {
					turns++
					lost += float64(t.Dropped)
				}
			}
		}
	}
	if turns == 0 {
		return nil
	}
	return []float64{lost}
}

// missed is an error that names the gates that were missed, if any was.
func (r *result) missed() error {
	var e missedError
	for _, g := range r.Gates {
		if g.State == gateMissed {
			e.names = append(e.names, g.Name)
		}
	}
	if e.names == nil {
		return nil
	}
	return e
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
	switch {
	case g.State == gateUnknown:
		return "–"
	case g.Value.Min == g.Value.Max:
		return fmt.Sprintf("%.2f", g.Value.Median)
	}
	return fmt.Sprintf("%.2f (%.2f to %.2f)", g.Value.Median, g.Value.Min, g.Value.Max)
}
