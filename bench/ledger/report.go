package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// report is the sum of all results.
type report struct {
	lines  []line
	wrong  []result
	unread []result
	odd    []string
	silent int
}

// line is one row of the table: an API of a provider.
type line struct {
	provider, api        string
	right, wrong, unread int
	totals               int // of them, those whose total the provider states
	tokens, off          int64
}

func (p *report) add(r result) {
	if !r.stated {
		p.silent++
		return
	}
	i := slices.IndexFunc(p.lines, func(l line) bool { return l.provider == r.recording.provider && l.api == r.recording.api })
	if i < 0 {
		i = len(p.lines)
		p.lines = append(p.lines, line{provider: r.recording.provider, api: r.recording.api})
	}
	for _, what := range r.odd {
		p.odd = append(p.odd, r.recording.provider+" states "+what)
	}
	l := &p.lines[i]
	switch {
	case r.unread != "":
		l.unread++
		p.unread = append(p.unread, r)
		return
	case len(r.faults) > 0:
		l.wrong++
		p.wrong = append(p.wrong, r)
	default:
		l.right++
	}
	l.tokens += r.tokens
	l.off += r.off
	if r.total {
		l.totals++
	}
}

// print writes the table, every recording that is wrong, and what is not read.
func (p *report) print(out io.Writer) {
	slices.SortFunc(p.lines, func(a, b line) int { return cmp.Or(cmp.Compare(a.api, b.api), cmp.Compare(a.provider, b.provider)) })
	sum := line{provider: "all"}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "API\tprovider\twith usage\ttotal stated\tright\twrong\tnot read\ttokens\ttokens wrong\t")
	row := func(l line) {
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", l.api, l.provider, l.right+l.wrong+l.unread, l.totals, l.right, l.wrong, l.unread, l.tokens, l.off)
	}
	for _, l := range p.lines {
		row(l)
		sum.right, sum.wrong, sum.unread, sum.totals = sum.right+l.right, sum.wrong+l.wrong, sum.unread+l.unread, sum.totals+l.totals
		sum.tokens, sum.off = sum.tokens+l.tokens, sum.off+l.off
	}
	row(sum)
	w.Flush()
	for _, r := range p.wrong {
		fmt.Fprintf(out, "wrong: %s: %s\n", r.recording.id, r.why())
	}
	unread := make([]string, 0, len(p.unread))
	for _, r := range p.unread {
		unread = append(unread, r.unread)
	}
	tally(out, "not read: %s, %d recordings\n", unread)
	tally(out, "not compared: %s, %d recordings; the total is\n", p.odd)
	fmt.Fprintf(out, "%d tokens in %d recordings, of which %d state a total; %d tokens wrong in %d recordings; %d recordings not read; %d without usage\n",
		sum.tokens, sum.right+sum.wrong, sum.totals, sum.off, sum.wrong, sum.unread, p.silent)
}

// tally writes how often each line occurs.
func tally(out io.Writer, format string, lines []string) {
	slices.Sort(lines)
	for len(lines) > 0 {
		n := 1
		for n < len(lines) && lines[n] == lines[0] {
			n++
		}
		fmt.Fprintf(out, format, lines[0], n)
		lines = lines[n:]
	}
}
