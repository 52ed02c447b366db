package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"

	"strowger/bench/process"
)

// grown is how many times as long as before a stage may take, beside the reference.
const grown = 1.5

// looser is the share of allocations that may come where they depend on what runs beside.
const looser = 0.05

// kept is what is remembered of a stage.
type kept struct {
	Ratio  float64 `json:"ratio"` // of its time to the reference's
	Bytes  int64   `json:"bytes"`
	Allocs int64   `json:"allocs"`
}

// bound is what a stage may cost at most.
type bound struct {
	ns     float64
	allocs int64
}

// held says of each stage with a bound whether it is held; missed is how many are not.
func held(list []measured) (lines []string, missed int) {
	for _, m := range list {
		b, ok := bounds[m.key()]
		if !ok || !m.found {
			continue
		}
		state := "held"
		if m.ns > b.ns || m.allocs > b.allocs {
			state = "missed"
			missed++
		}
		lines = append(lines, fmt.Sprintf("%-10s %s: %s ns, %d allocations; at most %.0f and %d", state, m.key(), nanos(m.ns), m.allocs, b.ns, b.allocs))
	}
	return lines, missed
}

// key is the name of a stage in the baseline.
func (s stage) key() string { return s.pkg + " " + s.bench }

func read(path string) (map[string]kept, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	old := map[string]kept{}
	if err := json.Unmarshal(b, &old); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return old, nil
}

func write(path string, list []measured) error {
	all := map[string]kept{}
	for _, m := range list[1:] {
		if m.found {
			all[m.key()] = kept{math.Round(m.ratio*1000) / 1000, m.bytes, m.allocs}
		}
	}
	b, err := json.MarshalIndent(all, "", "  ") // in the order of names
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}

// compare says of each stage that costs more than it did what it costs now.
func compare(old map[string]kept, list []measured) (dearer []string) {
	for _, m := range list[1:] {
		o, ok := old[m.key()]
		switch {
		case !ok:
			continue // it is new
		case !m.found:
			dearer = append(dearer, m.key()+": it was measured before, and is not there any more")
			continue
		}
		if m.ratio > grown*o.Ratio {
			dearer = append(dearer, fmt.Sprintf("%s: %.3g times the reference, before %.3g: %.2f times as much", m.key(), m.ratio, o.Ratio, m.ratio/o.Ratio))
		}
		may := o.Allocs
		if m.loose {
			may += int64(math.Ceil(looser * float64(may)))
		}
		if m.allocs > may {
			dearer = append(dearer, fmt.Sprintf("%s: %d allocations, before %d", m.key(), m.allocs, o.Allocs))
		}
	}
	return dearer
}

// print writes all for people.
func print(w io.Writer, list []measured) {
	fmt.Fprintf(w, "%-44s %12s %10s %10s %8s\n", "", "ns", "reference", "bytes", "allocs")
	for _, m := range list {
		if !m.found {
			fmt.Fprintf(w, "%-44s not in the tree\n", m.key())
			continue
		}
		fmt.Fprintf(w, "%-44s %12s %10.3g %10d %8d\n", m.key(), nanos(m.ns), m.ratio, m.bytes, m.allocs)
	}
}

// markdown is all as a table.
func markdown(list []measured, o options) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s, %s/%s, %s, one core; the least of %d runs.\n\n| | | ns | of the reference | B | allocations |\n|---|---|---:|---:|---:|---:|\n", process.Processor(), runtime.GOOS, runtime.GOARCH, runtime.Version(), 3*o.rounds)
	group := ""
	for _, m := range list {
		if !m.found {
			continue
		}
		name := m.group
		if name == group {
			name = ""
		}
		group = m.group
		fmt.Fprintf(&b, "| %s | %s | %s | %.3g | %d | %d |\n", name, m.about, nanos(m.ns), m.ratio, m.bytes, m.allocs)
	}
	for _, m := range list {
		if !m.found {
			fmt.Fprintf(&b, "\nLeft out, for it is not in the tree: %s.\n", m.key())
		}
	}
	return b.Bytes()
}

// nanos is nanoseconds with about three digits.
func nanos(ns float64) string {
	if ns < 10 {
		return fmt.Sprintf("%.1f", ns)
	}
	return fmt.Sprintf("%.0f", ns)
}
