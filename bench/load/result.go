package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"time"

	"strowger/bench/process"
)

// result is all that was measured, as it is saved.
type result struct {
	At          time.Time  `json:"at"`
	Go          string     `json:"go"`
	Platform    string     `json:"platform"`
	Processor   string     `json:"processor,omitempty"`
	Cores       string     `json:"cores"`
	Turn        float64    `json:"turn_seconds"`
	Connections int        `json:"connections"`
	Took        float64    `json:"seconds"`
	Peers       []entrant  `json:"peers"`
	Workloads   []measured `json:"workloads"`
	Gates       []gate     `json:"gates"`
	Answers     int64      `json:"answers"`
	Wrong       int64      `json:"wrong"`
	Notes       []string   `json:"notes,omitempty"`
	Failures    []string   `json:"failures,omitempty"`
}

// entrant is what is known of a peer beside its turns.
type entrant struct {
	Name   string         `json:"name"`
	About  string         `json:"about"`
	Absent string         `json:"absent,omitempty"` // why it was left out
	How    string         `json:"how,omitempty"`    // to install it
	Starts []float64      `json:"start_ms,omitempty"`
	Idle   weight         `json:"idle"`
	Loaded weight         `json:"loaded"`
	Record process.Record `json:"record"`
}

// measured is one workload.
type measured struct {
	Name   string            `json:"name"`
	About  string            `json:"about"`
	Bytes  int               `json:"bytes"`
	Events int               `json:"events,omitempty"`
	Rate   int               `json:"rate,omitempty"` // of an open loop
	CPU    map[string]spread `json:"cpu_ratio"`      // a request, to ReverseProxy's, by peer
	Rounds []round           `json:"rounds"`
}

// spread is that of a value over the rounds.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// round is one turn of each peer.
type round map[string]turn

// turn is one block of requests.
type turn struct {
	Requests int64   `json:"requests"`
	Unsent   int64   `json:"unsent,omitempty"` // of an open loop that could not be kept up
	CPU      float64 `json:"cpu_us"`           // a request, of the proxy; 0 without one
	Busy     float64 `json:"busy"`             // share of a core while requests were sent
	Rate     float64 `json:"per_second"`
	P50      float64 `json:"p50_ms"`
	P90      float64 `json:"p90_ms"`
	P99      float64 `json:"p99_ms"`
	P999     float64 `json:"p999_ms"`
	Dropped  int64   `json:"dropped,omitempty"` // not recorded
}

// weight is memory in bytes.
type weight struct {
	Resident int64 `json:"resident"`
	Own      int64 `json:"anonymous"`
}

// note says something once.
func (r *result) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// about is the peer of that name, or nil.
func (r *result) about(name string) *entrant {
	if i := slices.IndexFunc(r.Peers, func(e entrant) bool { return e.Name == name }); i >= 0 {
		return &r.Peers[i]
	}
	return nil
}

// workload is the one of that name, or nil.
func (r *result) workload(name string) *measured {
	if i := slices.IndexFunc(r.Workloads, func(m measured) bool { return m.Name == name }); i >= 0 {
		return &r.Workloads[i]
	}
	return nil
}

// Metrics of a turn.
func cpuOf(t turn) float64  { return t.CPU }
func rateOf(t turn) float64 { return t.Rate }
func p50Of(t turn) float64  { return t.P50 }
func p99Of(t turn) float64  { return t.P99 }

// summarize works out what follows from the rounds.
func (r *result) summarize() {
	for i := range r.Workloads {
		w := &r.Workloads[i]
		w.CPU = map[string]spread{}
		for _, p := range r.Peers {
			if s := spreadOf(ratios(w.Rounds, w.Rounds, cpuOf, p.Name, nameReverse)); s.Median > 0 {
				w.CPU[p.Name] = s
			}
		}
		for _, round := range w.Rounds {
			for name, t := range round {
				if t.Unsent > 0 {
					r.note(name + " did not keep up with the open loop")
				}
				if t.Dropped > 0 {
					r.note("some requests through " + name + " were not recorded, so its CPU time is lower than it should be")
				}
			}
		}
	}
	if open := r.workload(openLoad); len(r.Workloads) > 0 && r.Connections != gateConnections || open != nil && open.Rate != gateRate {
		r.note(fmt.Sprintf("most gates are for %d connections, or for %d requests a second, and are not measured with others", gateConnections, gateRate))
	}
	slices.Sort(r.Notes)
	r.Gates = r.gates()
}

// values are those of a peer, over the rounds that it is in.
func values(rounds []round, value func(turn) float64, name string) []float64 {
	var vs []float64
	for _, r := range rounds {
		if t, ok := r[name]; ok {
			vs = append(vs, value(t))
		}
	}
	return vs
}

// ratios are a peer's values to those of another, each within one round.
func ratios(of, to []round, value func(turn) float64, name, base string) []float64 {
	var vs []float64
	for i := range min(len(of), len(to)) {
		a, b := value(of[i][name]), value(to[i][base])
		if a > 0 && b > 0 {
			vs = append(vs, a/b)
		}
	}
	return vs
}

func spreadOf(vs []float64) spread {
	if len(vs) == 0 {
		return spread{}
	}
	vs = slices.Sorted(slices.Values(vs))
	middle := vs[len(vs)/2]
	if len(vs)%2 == 0 {
		middle = (vs[len(vs)/2-1] + middle) / 2
	}
	return spread{vs[0], middle, vs[len(vs)-1]}
}

// save writes everything as JSON.
func (r *result) save(path string) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
