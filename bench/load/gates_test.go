package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"strowger/bench/process"
)

func TestGates(t *testing.T) {
	for _, c := range []struct {
		g    gate
		want string
	}{
		{most("x", 0.65, "", all([]float64{0.9, 0.65, 0.1})), gateHeld},
		{most("x", 0.65, "", all([]float64{0.1, 0.66, 0.7})), gateMissed},
		{least("x", 1.7, all([]float64{1.7})), gateHeld},
		{least("x", 1.7, all([]float64{1.69})), gateMissed},
		{most("x", 1, "", all(nil)), gateUnknown},
		{most("x", 1, "", series{values: []float64{0.5, 0.5}, of: 4}), gateUnknown}, // half is not enough
		{most("x", 1, "", series{values: []float64{0.5, 0.5, 0.5}, of: 4}), gateHeld},
		{most("x", 1, "", series{values: []float64{0.5, 0.5, 0.5}, of: 4, late: 1}), gateMissed},
	} {
		if c.g.State != c.want {
			t.Errorf("%+v instead of %s", c.g, c.want)
		}
	}
	for s, want := range map[string]gate{
		"–":                                      most("x", 1, "", all(nil)),
		"0.50":                                   most("x", 1, "", all([]float64{0.5})),
		"1.50 (1.00 to 2.00), 2 of 8 rounds":     most("x", 1, "", series{values: []float64{1, 2}, of: 8}),
		"0.50, did not keep up in 3 of 4 rounds": most("x", 1, "", series{values: []float64{0.5}, of: 4, late: 3}),
	} {
		if got := want.value(); got != s {
			t.Errorf("%q instead of %q", got, s)
		}
	}
}

// TestAdded: times of who did not keep up are none, and where ReverseProxy adds nothing there is still something
// to be compared with.
func TestAdded(t *testing.T) {
	one := func(p50 float64, unsent int64) turn { return turn{Requests: 1, Unsent: unsent, P50: p50} }
	rounds := []round{
		{nameDirect: one(1, 0), nameReverse: one(3, 0), nameStrowger: one(2, 0)},
		{nameDirect: one(2, 0), nameReverse: one(1, 0), nameStrowger: one(2.04, 0)},
		{nameDirect: one(2, 0), nameReverse: one(3, 0), nameStrowger: one(1, 0)},
		{nameDirect: one(1, 0), nameReverse: one(3, 1), nameStrowger: one(9, 0)}, // too much for ReverseProxy
		{nameDirect: one(1, 1), nameReverse: one(3, 0), nameStrowger: one(9, 2)}, // for the machine
		{nameDirect: one(1, 0), nameReverse: one(3, 0)},
	}
	got := added(rounds, p50Of)
	for i := range got.values {
		got.values[i] = float64(int(got.values[i]*1000+0.5)) / 1000
	}
	if got.of != 6 || got.late != 0 || !slices.Equal(got.values, []float64{0.5, 4, 0}) {
		t.Errorf("%+v", got)
	}
	rounds = append(rounds, round{nameDirect: one(1, 0), nameReverse: one(3, 1), nameStrowger: one(1, 5)})
	if got := added(rounds, p50Of); got.late != 1 {
		t.Errorf("%+v", got)
	}
}

// gateNamed is one of a result's.
func gateNamed(t *testing.T, r *result, part string) gate {
	t.Helper()
	r.summarize()
	i := slices.IndexFunc(r.Gates, func(g gate) bool { return strings.Contains(g.Name, part) })
	if i < 0 {
		t.Fatalf("there is no gate of %s", part)
	}
	return r.Gates[i]
}

// TestOpenGates: a median of one round of eight is none, and neither is one of times that were cut off.
func TestOpenGates(t *testing.T) {
	good := round{
		nameDirect: {Requests: 3000, P50: 0.1, P99: 0.5}, nameReverse: {Requests: 3000, P50: 0.3, P99: 1.5}, nameStrowger: {Requests: 3000, P50: 0.2, P99: 0.9}}
	late := round{
		nameDirect: {Requests: 3000, P50: 0.1, P99: 0.5}, nameReverse: {Requests: 3000, P50: 0.3, P99: 1.5}, nameStrowger: {Requests: 1500, Unsent: 1500, P50: 0.2, P99: 0.9}}
	slow := round{
		nameDirect: {Requests: 3000, P50: 0.1, P99: 5}, nameReverse: {Requests: 3000, P50: 0.3, P99: 4.9}, nameStrowger: {Requests: 3000, P50: 0.2, P99: 60}}
	busy := round{
		nameDirect: {Requests: 3000, P50: 0.1, P99: 0.5}, nameReverse: {Requests: 3000, Unsent: 9, P50: 0.3, P99: 0.6}, nameStrowger: {Requests: 3000, P50: 0.2, P99: 60}}
	for _, c := range []struct {
		rounds      []round
		rate        int
		connections int
		want        string
	}{
		{slices.Repeat([]round{good}, 8), gateRate, gateConnections, gateHeld},
		{slices.Repeat([]round{good}, 8), gateRate, 16, gateUnknown},
		{slices.Repeat([]round{good}, 8), 100, gateConnections, gateUnknown},
		{slices.Repeat([]round{late}, 8), gateRate, gateConnections, gateMissed},
		{append(slices.Repeat([]round{slow}, 7), good), gateRate, gateConnections, gateMissed},
		{append(slices.Repeat([]round{busy}, 7), good), gateRate, gateConnections, gateUnknown},
	} {
		r := &result{Connections: c.connections, Workloads: []measured{{Name: openLoad, Rate: c.rate, Rounds: c.rounds}}}
		if g := gateNamed(t, r, "added at p99"); g.State != c.want {
			t.Errorf("%s instead of %s: %s", g.State, c.want, g.value())
		}
		if noted := len(r.Notes) > 0 && strings.HasPrefix(r.Notes[0], "most gates are for 64 connections"); noted != (c.rate != gateRate || c.connections != gateConnections) {
			t.Errorf("%q", r.Notes)
		}
	}
}

// TestLost: what was lost before a turn counts as well.
func TestLost(t *testing.T) {
	for _, c := range []struct {
		dropped, inTurn int64
		rate            float64
		want            string
	}{
		{0, 0, 9_000, gateHeld}, {5, 0, 9_000, gateMissed}, {5, 5, 9_000, gateMissed},
		{5, 5, 11_000, gateUnknown}, {5, 4, 11_000, gateMissed}, {0, 0, 11_000, gateUnknown},
	} {
		r := &result{Peers: []entrant{{Name: nameStrowger, Record: process.Record{Requests: 10, Dropped: c.dropped}}},
			Workloads: []measured{{Name: plainLoad, Rounds: []round{{nameStrowger: {Requests: 10, Rate: c.rate, Dropped: c.inTurn}}}}}}
		if g := gateNamed(t, r, "not recorded"); g.State != c.want {
			t.Errorf("%+v: %s", c, g.State)
		}
	}
}

func TestVerdict(t *testing.T) {
	if got := (&result{}).verdict(); got != nil {
		t.Errorf("nothing is missed: %v", got)
	}
	var missed missedError
	r := &result{Gates: []gate{{Name: "a", State: gateMissed}, {Name: "b", State: gateUnknown}, {Name: "c", State: gateHeld}}}
	if err := r.verdict(); !errors.As(err, &missed) || err.Error() != "1 missed: a" {
		t.Errorf("missed: %v", err)
	}
	r.Gates = r.Gates[1:]
	var unsure unmeasuredError
	if err := r.verdict(); !errors.As(err, &unsure) || err.Error() != "1 of 2 gates not measured" {
		t.Errorf("not measured: %v", err)
	}
	var out strings.Builder
	if r.write(&out); !strings.HasSuffix(out.String(), "\ngates      1 of 2 gates not measured\n") {
		t.Errorf("not said at the end of\n%s", &out)
	}
}
