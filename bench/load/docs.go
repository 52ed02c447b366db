package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"

	"strowger/bench/figures"
)

// Beside the page that the tables are written to.
const (
	docsPicture = "performance.svg"
	docsJSON    = "performance.json" // every turn of every round
	docsSection = "measured"         // of the page
)

// document writes the tables, the picture and everything as JSON into dir.
func (r *result) document(dir string) error {
	var b bytes.Buffer
	r.markdown(&b)
	if err := figures.Replace(dir, docsSection, b.Bytes()); err != nil {
		return err
	}
	if err := r.save(filepath.Join(dir, docsJSON)); err != nil {
		return err
	}
	return figures.Picture(dir, docsPicture, r.picture())
}

// markdown writes what was measured as tables.
func (r *result) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "%s, %s, %s; %s; %s. %d connections, %g s a turn, %.0f s in all. %d wrong of %d answers.\n\n",
		r.At.Format("2006-01-02"), orUnknown(r.Processor), r.Platform, r.Go, r.Cores, r.Connections, r.Turn, r.Took, r.Wrong, r.Answers)
	for _, p := range r.Peers {
		if p.Absent != "" {
			fmt.Fprintf(b, "**Left out:** %s, because %s (`%s`).\n\n", p.Name, p.Absent, p.How)
		}
	}
	fmt.Fprintf(b, "![CPU time of a request, and the time that is added](%s)\n\nEvery turn of every round is in [%[2]s](%[2]s).\n\n", docsPicture, docsJSON)
	fmt.Fprint(b, "| gate | bound | median (min to max) | |\n|---|---|---|---|\n")
	for _, g := range r.Gates {
		state := g.State
		if state == gateMissed {
			state = "**missed**"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", g.Name, g, g.value(), state)
	}
	if n := r.unmeasured(); n > 0 {
		fmt.Fprintf(b, "\n%v.\n", unmeasuredError{n, len(r.Gates)})
	}
	for _, m := range r.Workloads {
		r.table(b, m)
	}
	fmt.Fprint(b, "\n| | first answer after ms | memory at rest, MiB | after the load, MiB | |\n|---|---:|---:|---:|---|\n")
	for _, p := range r.Peers {
		if len(p.Starts) > 0 {
			fmt.Fprintf(b, "| %s | %.0f | %s | %s | %s |\n", p.Name, spreadOf(p.Starts).Median, p.Idle, p.Loaded, p.About)
		}
	}
	for _, n := range r.Notes {
		fmt.Fprintf(b, "\nNote: %s.\n", n)
	}
}

// table writes a workload.
func (r *result) table(b *bytes.Buffer, m measured) {
	fmt.Fprintf(b, "\n**%s**: %s; rounds: %d\n\n", m.Name, m.About, len(m.Rounds))
	fmt.Fprint(b, "| through | CPU µs a request | of ReverseProxy's: median (min to max) | requests/s | p50 ms | p90 | p99 | p99.9 |\n|---|---:|---|---:|---:|---:|---:|---:|\n")
	for _, row := range r.rows(m) {
		ratio := "–"
		if row.ratio.Median > 0 {
			ratio = fmt.Sprintf("%.2f (%.2f to %.2f)", row.ratio.Median, row.ratio.Min, row.ratio.Max)
		}
		times := fmt.Sprintf("%.3f | %.3f | %.3f | %.3f", row.p50, row.p90, row.p99, row.far)
		if row.late {
			times = "did not keep up | | |"
		}
		fmt.Fprintf(b, "| %s | %s | %s | %.0f | %s |\n", row.name, orDash(row.cpu, 1), ratio, row.rate, times)
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "processor unknown"
	}
	return strings.Join(strings.Fields(s), " ")
}
