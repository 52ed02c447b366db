package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// result is all that was measured, as it is saved.
type result struct {
	At          time.Time  `json:"at"`
	Go          string     `json:"go"`
	Platform    string     `json:"platform"`
	Cores       string     `json:"cores"`
	Requests    int        `json:"requests"` // in a turn
	Connections int        `json:"connections"`
	Took        float64    `json:"seconds"`
	Workloads   []measured `json:"workloads"`
	Starts      []float64  `json:"start_ms"` // of strowger, to the first answer
	Idle        weights    `json:"idle"`
	Loaded      weights    `json:"loaded"`
	Answers     int64      `json:"answers"`
	Wrong       int64      `json:"wrong"`
	Record      record     `json:"record"` // of the measured strowger
	Notes       []string   `json:"notes,omitempty"`
	Failures    []string   `json:"failures,omitempty"`
}

// measured is one workload.
type measured struct {
	Name   string  `json:"name"`
	About  string  `json:"about"`
	Bytes  int     `json:"bytes"`
	Ratio  spread  `json:"ratio"` // CPU of strowger to ReverseProxy's
	Rounds []round `json:"rounds"`
}

// spread is that of a value over the rounds.
type spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// round is one turn of each.
type round struct {
	Direct   turn `json:"direct"`
	Reverse  turn `json:"reverse_proxy"`
	Strowger turn `json:"strowger"`
}

// ratio is what is compared; 0 if it is not known.
func (r round) ratio() float64 {
	if r.Reverse.CPU == 0 {
		return 0
	}
	return r.Strowger.CPU / r.Reverse.CPU
}

// turn is one block of requests.
type turn struct {
	CPU  float64 `json:"cpu_us"` // a request, of the proxy; 0 without one
	Rate float64 `json:"per_second"`
	P50  float64 `json:"p50_ms"`
	P99  float64 `json:"p99_ms"`
}

type weights struct {
	Reverse  weight `json:"reverse_proxy"`
	Strowger weight `json:"strowger"`
}

// weight is memory in bytes.
type weight struct {
	Resident int64 `json:"resident"`
	Own      int64 `json:"anonymous"`
}

// String is the weight for people.
func (w weight) String() string {
	if w.Resident == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f MB (%.1f without what is mapped from files)", float64(w.Resident)/1e6, float64(w.Own)/1e6)
}

// note says something once.
func (r *result) note(text string) {
	if !slices.Contains(r.Notes, text) {
		r.Notes = append(r.Notes, text)
	}
}

// summarize works out what follows from the rounds.
func (r *result) summarize() {
	for i := range r.Workloads {
		w := &r.Workloads[i]
		w.Ratio = over(w.Rounds, round.ratio)
	}
	if r.Record.Dropped > 0 {
		r.note("some requests were not recorded, so the CPU time of strowger is lower than it should be")
	}
}

// over is the spread of a value over the rounds.
func over(rounds []round, value func(round) float64) spread {
	return spreadOf(each(rounds, value))
}

func each(rounds []round, value func(round) float64) []float64 {
	var vs []float64
	for _, r := range rounds {
		vs = append(vs, value(r))
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

// write prints the table.
func (r *result) write(w io.Writer) {
	fmt.Fprintf(w, "%d connections, closed loop; %d requests a turn; %s; %s, %s\n\n", r.Connections, r.Requests, r.Cores, r.Go, r.Platform)
	r.writeTurns(w)
	fmt.Fprintln(w)
	s := spreadOf(r.Starts)
	fmt.Fprintf(w, "start      strowger answers its first request %.0f ms after it is started (%.0f to %.0f, %d starts)\n", s.Median, s.Min, s.Max, len(r.Starts))
	fmt.Fprintf(w, "idle       strowger %s; ReverseProxy %s\n", r.Idle.Strowger, r.Idle.Reverse)
	fmt.Fprintf(w, "loaded     strowger %s; ReverseProxy %s\n", r.Loaded.Strowger, r.Loaded.Reverse)
	fmt.Fprintf(w, "answers    %d wrong of %d\n", r.Wrong, r.Answers)
	fmt.Fprintf(w, "record     %d written and %d dropped of %d requests\n", r.Record.Written, r.Record.Dropped, r.Record.Requests)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note       %s\n", n)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "FAILED     %s\n", strings.ReplaceAll(f, "\n", "\n           "))
	}
}

// writeTurns prints what is one row for each workload and peer: medians over the rounds.
func (r *result) writeTurns(w io.Writer) {
	fmt.Fprintf(w, "%-8s %-13s %11s   %-26s %10s %9s %9s\n", "", "", "CPU µs", "CPU, of ReverseProxy's", "", "p50", "p99")
	fmt.Fprintf(w, "%-8s %-13s %11s   %8s %8s %8s %10s %9s %9s\n", "request", "through", "a request", "min", "median", "max", "requests/s", "ms", "ms")
	for _, m := range r.Workloads {
		name := m.Name
		for _, p := range []struct {
			name  string
			turn  func(round) turn
			ratio spread
		}{
			{nameDirect, func(r round) turn { return r.Direct }, spread{}},
			{nameReverse, func(r round) turn { return r.Reverse }, spread{1, 1, 1}},
			{nameStrowger, func(r round) turn { return r.Strowger }, m.Ratio},
		} {
			median := func(value func(turn) float64) float64 {
				return over(m.Rounds, func(r round) float64 { return value(p.turn(r)) }).Median
			}
			fmt.Fprintf(w, "%-8s %-13s %11s   %8s %8s %8s %10.0f %9.2f %9.2f\n", name, p.name,
				orDash(median(func(t turn) float64 { return t.CPU }), 1),
				orDash(p.ratio.Min, 2), orDash(p.ratio.Median, 2), orDash(p.ratio.Max, 2),
				median(func(t turn) float64 { return t.Rate }),
				median(func(t turn) float64 { return t.P50 }),
				median(func(t turn) float64 { return t.P99 }))
			name = ""
		}
	}
	for _, m := range r.Workloads {
		fmt.Fprintf(w, "%-8s %s; rounds: %d\n", m.Name, m.About, len(m.Rounds))
	}
}

// orDash shows what is known.
func orDash(v float64, digits int) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, v)
}
