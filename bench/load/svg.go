package main

import (
	"bytes"
	"fmt"
	"math"

	"strowger/bench/figures"
)

// Sizes of the picture, in pixels.
const (
	pictureWide = 860
	panelLeft   = 150
	panelRight  = 780
	rowHigh     = 24
	panelHead   = 46
	panelFoot   = 34
)

// Colours that can be read on white and on black.
const (
	ink    = "#8b949e"
	ours   = "#2f81f7"
	others = "#d29922"
)

// mark is what is shown of a peer: a value and how far it went.
type mark struct {
	name string
	spread
}

// picture draws what a request costs through each peer, and what time it adds.
func (r *result) picture() []byte {
	var b bytes.Buffer
	y := 10
	for _, load := range []string{plainLoad, largeLoad} {
		if m := r.workload(load); m != nil {
			y = panel(&b, y, "CPU µs a request, "+m.About, r.marks(m, func(rd round, name string) float64 { return rd[name].CPU }))
		}
	}
	if m := r.workload(openLoad); m != nil {
		for _, q := range []struct {
			name  string
			value func(turn) float64
		}{{"the median", p50Of}, {"p99", p99Of}} {
			y = panel(&b, y, fmt.Sprintf("µs that are added at %s, %d a second in an open loop", q.name, m.Rate), r.marks(m, func(rd round, name string) float64 {
				if name == nameDirect || rd[name].Unsent > 0 {
					return 0
				}
				return 1e3 * (q.value(rd[name]) - q.value(rd[nameDirect]))
			}))
		}
	}
	head := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="%s">`+"\n", pictureWide, y+20, ink)
	foot := fmt.Sprintf(`<text x="10" y="%d">Dots are medians over the rounds, lines reach from the least to the most. From line to line the scale doubles. Less is better.</text>`+"\n</svg>\n", y+8)
	return []byte(head + b.String() + foot)
}

// marks are the peers of which the value is known.
func (r *result) marks(m *measured, value func(round, string) float64) []mark {
	var marks []mark
	for _, p := range r.Peers {
		var vs []float64
		for _, rd := range m.Rounds {
			if t, ok := rd[p.Name]; ok && t.Requests > 0 && value(rd, p.Name) > 0 {
				vs = append(vs, value(rd, p.Name))
			}
		}
		if vs != nil {
			marks = append(marks, mark{p.Name, spreadOf(vs)})
		}
	}
	return marks
}

// panel draws one scale from y down and gives where the next may begin.
func panel(b *bytes.Buffer, y int, title string, marks []mark) int {
	if len(marks) == 0 {
		return y
	}
	low, high := math.Inf(1), 0.0
	for _, m := range marks {
		low, high = min(low, m.Min), max(high, m.Max)
	}
	from, to := math.Floor(math.Log2(low)), math.Ceil(math.Log2(high)+1e-9)
	x := func(v float64) float64 {
		return panelLeft + (panelRight-panelLeft)*(math.Log2(v)-from)/(to-from)
	}
	bottom := y + panelHead + rowHigh*len(marks)
	fmt.Fprintf(b, `<text x="10" y="%d" font-size="14">%s</text>`+"\n", y+22, title)
	for e := from; e <= to; e++ {
		v := math.Exp2(e)
		fmt.Fprintf(b, `<path d="M%.1f %d V%d" stroke="%s" stroke-opacity="0.25"/>`+"\n", x(v), y+panelHead-8, bottom, ink)
		if int(e-from)%(1+int(to-from)/10) == 0 { // there is room for about ten
			fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x(v), bottom+16, figures.Short(v))
		}
	}
	for i, m := range marks {
		at, colour := y+panelHead+rowHigh*i+rowHigh/2, others
		if m.name == nameStrowger || m.name == nameBare || m.name == nameRouting {
			colour = ours
		}
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text><path d="M%.1f %d H%.1f" stroke="%s" stroke-width="2"/><circle cx="%.1f" cy="%d" r="5" fill="%s"/><text x="%.1f" y="%d">%s</text>`+"\n",
			panelLeft-10, at+4, m.name, x(m.Min), at, x(m.Max), colour, x(m.Median), at, colour, x(m.Max)+9, at+4, figures.Short(m.Median))
	}
	return bottom + panelFoot
}
