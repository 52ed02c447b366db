// Package lines compares texts line by line: what has changed from one to another, and two
// changes of one text put together.
package lines

import (
	"slices"
	"strings"
)

// Op is what happens to a line.
type Op string

// The operations, as they are shown.
const (
	Same Op = " "
	Gone Op = "-"
	New  Op = "+"
)

// Line is a line of a hunk, without its line break.
type Line struct {
	Op   Op     `json:"op"`
	Text string `json:"text"`
}

// Hunk is a place where texts differ, with a few lines around it. From and To are its first
// line in the one and in the other, from 1.
type Hunk struct {
	From  int    `json:"from"`
	To    int    `json:"to"`
	Lines []Line `json:"lines"`
}

// around is how many lines that are the same stand before and behind a difference.
const around = 3

// split is a text in lines, each with its line break: those that end otherwise differ.
func split(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// Diff is what has changed from one text to another.
func Diff(from, to string) []Hunk {
	a, b := split(from), split(to)
	hunks := []Hunk{}
	edits := script(a, b)
	for i := 0; i < len(edits); {
		j := i + 1
		for j < len(edits) && edits[j].fromA-edits[j-1].toA <= 2*around {
			j++
		}
		hunks = append(hunks, hunk(a, b, edits[i:j]))
		i = j
	}
	return hunks
}

// hunk shows edits that are near each other.
func hunk(a, b []string, edits []edit) Hunk {
	first, last := edits[0], edits[len(edits)-1]
	start := max(first.fromA-around, 0)
	h := Hunk{From: start + 1, To: first.fromB - (first.fromA - start) + 1}
	add := func(op Op, lines []string) {
		for _, l := range lines {
			h.Lines = append(h.Lines, Line{op, strings.TrimRight(l, "\r\n")})
		}
	}
	for _, e := range edits {
		add(Same, a[start:e.fromA])
		add(Gone, a[e.fromA:e.toA])
		add(New, b[e.fromB:e.toB])
		start = e.toA
	}
	add(Same, a[last.toA:min(last.toA+around, len(a))])
	return h
}

// edit puts lines fromB up to toB of one text in the place of fromA up to toA of another.
type edit struct{ fromA, toA, fromB, toB int }

// maxSteps bounds how far apart texts are compared; beyond it all between their first and
// their last difference counts as changed.
const maxSteps = 1000

// script is the shortest row of edits that makes b of a, by Myers: "An O(ND) Difference
// Algorithm and Its Variations", 1986.
func script(a, b []string) []edit {
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	x, y := a[head:len(a)-tail], b[head:len(b)-tail]
	if len(x)+len(y) == 0 {
		return nil
	}
	traces := search(x, y)
	if traces == nil {
		return []edit{{head, head + len(x), head, head + len(y)}}
	}
	edits := back(x, y, traces)
	for i := range edits {
		e := &edits[i]
		e.fromA, e.toA, e.fromB, e.toB = e.fromA+head, e.toA+head, e.fromB+head, e.toB+head
	}
	return edits
}

// search goes as far as each number of steps can on each diagonal, until the end of both is
// reached; nil if that takes too many. traces[d][d+k] is how far in x on diagonal k.
func search(x, y []string) (traces [][]int) {
	for d := 0; d <= min(len(x)+len(y), maxSteps); d++ {
		row := make([]int, 2*d+1)
		for k := -d; k <= d; k += 2 {
			i := 0
			if d > 0 {
				i = start(traces[d-1], d, k)
			}
			for i < len(x) && i-k < len(y) && i-k >= 0 && x[i] == y[i-k] {
				i++
			}
			row[d+k] = i
			if i >= len(x) && i-k >= len(y) {
				return append(traces, row)
			}
		}
		traces = append(traces, row)
	}
	return nil
}

// start is where step d begins on diagonal k: one line down from the diagonal above, or one
// to the right from that below, whichever is further.
func start(before []int, d, k int) int {
	if down(before, d, k) {
		return before[d-1+k+1]
	}
	return before[d-1+k-1] + 1
}

func down(before []int, d, k int) bool {
	return k == -d || k != d && before[d-1+k-1] < before[d-1+k+1]
}

// back follows the traces from the end and gathers what was stepped over.
func back(x, y []string, traces [][]int) (edits []edit) {
	i, j := len(x), len(y)
	for d := len(traces) - 1; d > 0; d-- {
		k := i - j
		at := start(traces[d-1], d, k)
		e := edit{at - 1, at, at - k, at - k}
		if down(traces[d-1], d, k) {
			e = edit{at, at, at - k - 1, at - k}
		}
		i, j = e.fromA, e.fromB
		if n := len(edits) - 1; n >= 0 && edits[n].fromA == e.toA && edits[n].fromB == e.toB {
			edits[n].fromA, edits[n].fromB = e.fromA, e.fromB
			continue
		}
		edits = append(edits, e)
	}
	slices.Reverse(edits)
	return edits
}
