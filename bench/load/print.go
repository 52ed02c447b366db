package main

import (
	"fmt"
	"io"
	"strings"
)

// write prints everything for people.
func (r *result) write(w io.Writer) {
	fmt.Fprintf(w, "%d connections; %g s a turn; %s; %s, %s; %.0f s in all\n\n", r.Connections, r.Turn, r.Cores, r.Go, r.Platform, r.Took)
	for _, m := range r.Workloads {
		r.writeTurns(w, m)
	}
	r.writePeers(w)
	for _, g := range r.Gates {
		fmt.Fprintf(w, "%-12s  %-58s %-12s %s\n", g.State, g.Name, g, g.value())
	}
	fmt.Fprintf(w, "\nanswers    %d wrong of %d\n", r.Wrong, r.Answers)
	for _, p := range r.Peers {
		if p.Record.Requests > 0 {
			fmt.Fprintf(w, "record     %d written and %d dropped of %d requests through %s\n", p.Record.Written, p.Record.Dropped, p.Record.Requests, p.Name)
		}
	}
	for _, p := range r.Peers {
		if p.Absent != "" {
			fmt.Fprintf(w, "LEFT OUT   %s: %s; to install it: %s\n", p.Name, p.Absent, p.How)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "note       %s\n", n)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "FAILED     %s\n", strings.ReplaceAll(f, "\n", "\n           "))
	}
	if n := r.unmeasured(); n > 0 {
		fmt.Fprintf(w, "gates      %v\n", unmeasuredError{n, len(r.Gates)})
	}
}

// row is a peer in a workload: medians over the rounds, and the spread of its CPU to ReverseProxy's.
type row struct {
	name                          string
	cpu, rate, p50, p90, p99, far float64
	ratio                         spread
	late                          bool // it did not keep up with an open loop
}

// rows are those of all peers that a workload went through.
func (r *result) rows(m measured) []row {
	var rows []row
	for _, p := range r.Peers {
		median := func(value func(turn) float64) float64 { return spreadOf(values(m.Rounds, value, p.Name)).Median }
		if median(func(t turn) float64 { return float64(t.Requests) }) == 0 {
			continue
		}
		rows = append(rows, row{
			name: p.Name, cpu: median(cpuOf), rate: median(rateOf), p50: median(p50Of), p90: median(func(t turn) float64 { return t.P90 }),
			p99: median(p99Of), far: median(func(t turn) float64 { return t.P999 }), ratio: m.CPU[p.Name],
			late: median(func(t turn) float64 { return float64(t.Unsent) }) > 0,
		})
	}
	return rows
}

func (r *result) writeTurns(w io.Writer, m measured) {
	fmt.Fprintf(w, "%s: %s; rounds: %d\n", m.Name, m.About, len(m.Rounds))
	fmt.Fprintf(w, "  %-19s %10s  %-23s %10s %9s %9s %9s %9s\n", "", "CPU µs", "  of ReverseProxy's", "", "p50", "p90", "p99", "p99.9")
	fmt.Fprintf(w, "  %-19s %10s  %7s %7s %7s %10s %9s %9s %9s %9s\n", "through", "a request", "min", "median", "max", "requests/s", "ms", "ms", "ms", "ms")
	for _, row := range r.rows(m) {
		late := ""
		if row.late {
			late = "  did not keep up"
		}
		fmt.Fprintf(w, "  %-19s %10s  %7s %7s %7s %10.0f %9.3f %9.3f %9.3f %9.3f%s\n", row.name, orDash(row.cpu, 1),
			orDash(row.ratio.Min, 2), orDash(row.ratio.Median, 2), orDash(row.ratio.Max, 2), row.rate, row.p50, row.p90, row.p99, row.far, late)
	}
	fmt.Fprintln(w)
}

func (r *result) writePeers(w io.Writer) {
	fmt.Fprintf(w, "  %-19s %16s %22s %22s\n", "", "first answer ms", "at rest MiB (own)", "after load MiB (own)")
	for _, p := range r.Peers {
		if p.Idle.Resident > 0 || len(p.Starts) > 0 {
			fmt.Fprintf(w, "  %-19s %16.0f %22s %22s\n", p.Name, spreadOf(p.Starts).Median, p.Idle, p.Loaded)
		}
	}
	fmt.Fprintln(w)
}

// String is the weight in MiB, and what of it is not mapped from files.
func (w weight) String() string {
	if w.Resident == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f (%.1f)", float64(w.Resident)/(1<<20), float64(w.Own)/(1<<20))
}

// orDash shows what is known.
func orDash(v float64, digits int) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.*f", digits, v)
}
