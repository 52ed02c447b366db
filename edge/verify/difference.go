package verify

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"strowger/edge/abi"
)

// Difference is the first call of a source that a host answers in another way than the
// native core.
type Difference struct {
	Host string
	Case string
	N    int // the call's number in its case, from 1
	Call Call
	Got  []byte
	Err  error // the call could not be carried at all; then there is no Got
}

// Error implements error in one line; Report says more.
func (d *Difference) Error() string {
	if d.Err != nil {
		return fmt.Sprintf("%s, call %d (%s): %s: %v", d.Case, d.N, d.Call.Method, d.Host, d.Err)
	}
	return fmt.Sprintf("%s, call %d (%s): %s differs from the native core at byte %d", d.Case, d.N, d.Call.Method, d.Host, d.At())
}

// At is the first byte of the result that differs.
func (d *Difference) At() int { return firstDifference(d.Call.Want, d.Got) }

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// What is shown of a difference, in bytes: around it, and of what was called.
const (
	around   = 120
	clipBody = 1000
)

// Report is the difference for people, in lines.
func (d *Difference) Report() string {
	var b strings.Builder
	b.WriteString(d.Error() + "\n")
	line := func(name, text string) { fmt.Fprintf(&b, "  %-8s %s\n", name, text) }
	if d.Err == nil {
		part, want, got, at := d.part()
		line("where", fmt.Sprintf("%s, byte %d", part, at))
		line("native", clipAt(want, at))
		line(d.Host, clipAt(got, at))
	}
	line("control", clip(d.Call.Control))
	if d.Call.Handle != 0 {
		line("handle", strconv.Itoa(int(d.Call.Handle)))
	}
	line("body", clip(d.Call.Raw))
	line("again", "--only "+d.Case)
	return b.String()
}

// MarshalJSON is the difference for programs.
func (d *Difference) MarshalJSON() ([]byte, error) {
	doc := map[string]any{
		"host": d.Host, "case": d.Case, "call": d.N, "method": d.Call.Method, "handle": d.Call.Handle,
		"control": clip(d.Call.Control), "body": clip(d.Call.Raw),
	}
	if d.Err != nil {
		doc["error"] = d.Err.Error()
		return json.Marshal(doc)
	}
	part, want, got, at := d.part()
	doc["byte"], doc["where"], doc["where_byte"] = d.At(), part, at
	doc["native"], doc["got"] = clipAt(want, at), clipAt(got, at)
	return json.Marshal(doc)
}

// part finds the part of a record in which the results differ: its name, what both have
// there, and the first byte of these that differs. Results that are no records are taken whole.
func (d *Difference) part() (name string, want, got []byte, at int) {
	want, got = d.Call.Want, d.Got
	for n := 1; ; n++ {
		w, wantRest, wantOK := abi.Next(want)
		g, gotRest, gotOK := abi.Next(got)
		switch {
		case !wantOK || !gotOK:
			return "the result from record " + strconv.Itoa(n), want, got, firstDifference(want, got)
		case string(w.Control) != string(g.Control):
			name := fmt.Sprintf("control message of record %d", n)
			return name, w.Control, g.Control, firstDifference(w.Control, g.Control)
		case string(w.Raw) != string(g.Raw):
			name := fmt.Sprintf("raw bytes of record %d, %s", n, clip(w.Control[:min(len(w.Control), 60)]))
			return name, w.Raw, g.Raw, firstDifference(w.Raw, g.Raw)
		}
		want, got = wantRest, gotRest
	}
}

// clipAt shows bytes around a place.
func clipAt(b []byte, at int) string {
	from, to := max(0, at-around), min(len(b), at+around)
	s := quoted(b[from:to])
	if from > 0 {
		s = "…" + s
	}
	if to < len(b) {
		s += "…"
	}
	if at >= len(b) {
		s += fmt.Sprintf(" (ends here, %d bytes)", len(b))
	}
	return s
}

func clip(b []byte) string {
	if len(b) <= clipBody {
		return quoted(b)
	}
	return quoted(b[:clipBody]) + fmt.Sprintf("… (%d bytes)", len(b))
}

// quoted is text that is safe to show on a terminal.
func quoted(b []byte) string {
	q := strconv.Quote(string(b))
	return strings.ReplaceAll(q[1:len(q)-1], `\"`, `"`)
}
