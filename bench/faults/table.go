package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// cell is where a trial stands in the table: 0 plain alone, 1 plain with a second provider,
// 2 and 3 the same for streams.
func (t *trial) cell() int {
	n := 0
	if t.stream {
		n = 2
	}
	if t.mode != modeNone {
		n++
	}
	return n
}

// score counts what was tried and what was as it should be.
func (o *outcome) score() (good, all int) {
	for _, t := range o.trials {
		all++
		if len(t.problems) == 0 {
			good++
		}
	}
	for _, l := range o.lanes {
		all += l.cuts
		good += l.cuts - min(l.cuts, len(l.problems))
	}
	all += len(o.left)
	return good, all
}

// perfect reports whether there was something to try and all of it was as it should be.
func (o *outcome) perfect() bool {
	good, all := o.score()
	return all > 0 && good == all
}

// percent never rounds up to a hundred.
func percent(good, all int) string {
	if all == 0 {
		return "nothing was tried"
	}
	return fmt.Sprintf("%d.%02d %%", good*100/all, good*10000/all%100)
}

// print writes the table, what went wrong, and the sum.
func (o *outcome) print(w io.Writer, verbose bool) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "fault\tstage\tplain alone\tplain + second\tstream alone\tstream + second")
	for i := 0; i < len(o.trials); {
		r := o.trials[i].row
		cells := [4]string{"-", "-", "-", "-"}
		for ; i < len(o.trials) && o.trials[i].row == r; i++ {
			o.trials[i].mark(&cells[o.trials[i].cell()])
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", r.fault, r.stage, strings.Join(cells[:], "\t"))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	o.printProblems(w, verbose)
	if len(o.lanes) > 0 {
		o.printSweep(w, verbose)
	}
	good, all := o.score()
	_, err := fmt.Fprintf(w, "\n%d of %d as they should be: %s, in %.1f s\n", good, all, percent(good, all), o.took.Seconds())
	return err
}

// mark adds the trial to its cell.
func (t *trial) mark(cell *string) {
	bad := len(t.problems) > 0
	name := "FAIL"
	if t.half.second != asked && t.mode != modeNone {
		name = "FAIL " + string(t.mode)
	}
	switch {
	case !bad && *cell == "-":
		*cell = "ok"
	case bad && (*cell == "-" || *cell == "ok"):
		*cell = name
	case bad:
		*cell += "," + string(t.mode)
	}
}

func (o *outcome) printProblems(w io.Writer, verbose bool) {
	for _, t := range o.trials {
		if verbose || len(t.problems) > 0 {
			want, _, _ := t.wanted()
			fmt.Fprintf(w, "\n%v\n  wanted: %v, attempts %q\n", t, want, t.half.first)
		}
		for _, p := range t.problems {
			fmt.Fprintf(w, "  FAIL %s\n", p)
		}
	}
	for _, l := range o.left {
		fmt.Fprintf(w, "\nFAIL %s\n", l)
	}
}

// printSweep writes a line for each lane that is not as it should be, and the sum.
func (o *outcome) printSweep(w io.Writer, verbose bool) {
	cuts, bad := 0, 0
	for _, l := range o.lanes {
		cuts += l.cuts
		bad += len(l.problems)
		if verbose || len(l.problems) > 0 {
			fmt.Fprintf(w, "\nsweep: %v: %d cuts of an answer of %d bytes, %d not as they should be\n", l, l.cuts, len(l.body), len(l.problems))
		}
		for i, p := range l.problems {
			if i == 3 && !verbose {
				fmt.Fprintln(w, "  …")
				break
			}
			fmt.Fprintf(w, "  FAIL %s\n", p)
		}
	}
	verdict := "all ok"
	if bad > 0 {
		verdict = fmt.Sprintf("%d not as they should be", bad)
	}
	fmt.Fprintf(w, "\nsweep: %d cuts, each a request: 3 framings × FIN, RST and stall × plain and stream × alone and with a second provider: %s\n", cuts, verdict)
}

// writeJSON writes the same for programs.
func (o *outcome) writeJSON(w io.Writer) error {
	type trialJSON struct {
		Fault    string   `json:"fault"`
		Stage    string   `json:"stage"`
		Form     string   `json:"form"`
		Second   string   `json:"second"`
		Wanted   string   `json:"wanted"`
		OK       bool     `json:"ok"`
		Problems []string `json:"problems,omitempty"`
	}
	type laneJSON struct {
		Lane     string   `json:"lane"`
		Bytes    int      `json:"bytes"`
		Cuts     int      `json:"cuts"`
		Problems []string `json:"problems,omitempty"`
	}
	var doc struct {
		Good    int         `json:"good"`
		All     int         `json:"all"`
		Percent string      `json:"percent"`
		Seconds float64     `json:"seconds"`
		Trials  []trialJSON `json:"trials"`
		Sweep   []laneJSON  `json:"sweep"`
		Left    []string    `json:"left_open"`
	}
	doc.Good, doc.All = o.score()
	doc.Percent, doc.Seconds, doc.Left = percent(doc.Good, doc.All), o.took.Seconds(), o.left
	for _, t := range o.trials {
		want, _, _ := t.wanted()
		form := "plain"
		if t.stream {
			form = "stream"
		}
		doc.Trials = append(doc.Trials, trialJSON{t.row.fault, string(t.row.stage), form, string(t.mode), want.String(), len(t.problems) == 0, t.problems})
	}
	for _, l := range o.lanes {
		doc.Sweep = append(doc.Sweep, laneJSON{l.String(), len(l.body), l.cuts, l.problems})
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}
