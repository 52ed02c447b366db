package figures

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// Panel is one small picture of several: how a value grows with another.
type Panel struct {
	Title string // of the value, with its unit
	Along string // what it grows with
	Lines []Line
}

// Line is one line of a panel. Its points are in the order of X.
type Line struct {
	Name   string // empty, where there is no other
	Points []Point
}

// Point is one value. Something at 0 stands before all others, apart: the scale of X is one of ratios.
type Point struct {
	X, Y float64
	Name string // of X; empty for the number
}

// Sizes of the picture, in pixels.
const (
	columns   = 3
	cellWide  = 290
	cellHigh  = 200
	plotLeft  = 52
	plotRight = 16
	plotTop   = 44
	plotFoot  = 44
)

// steep is how far apart values must be to be drawn on a scale of ratios.
const steep = 20

// style is for light and for dark pages.
const style = `<style>
text{font:11px sans-serif;fill:#57606a}.t{font-size:12px;font-weight:600;fill:#1f2328}.g{stroke:#d0d7de;stroke-width:1}
.a,.b{fill:none;stroke-width:2}.a{stroke:#0969da}.b{stroke:#9a6700}.pa{fill:#0969da}.pb{fill:#9a6700}
@media (prefers-color-scheme: dark){text{fill:#9198a1}.t{fill:#f0f6fc}.g{stroke:#3d444d}.a{stroke:#4493f8}.b{stroke:#d29922}.pa{fill:#4493f8}.pb{fill:#d29922}}
</style>
`

// Panels draws them in rows of three, with one sentence below.
func Panels(panels []Panel, say string) []byte {
	rows := (len(panels) + columns - 1) / columns
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d">`+"\n%s", columns*cellWide, rows*cellHigh+24, style)
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%d %d)">`+"\n", i%columns*cellWide, i/columns*cellHigh)
		p.draw(&b)
		b.WriteString("</g>\n")
	}
	fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`+"\n</svg>\n", rows*cellHigh+14, html.EscapeString(say))
	return b.Bytes()
}

// scale is an axis.
type scale struct {
	from, to float64 // logarithms where it is one of ratios
	ratios   bool
}

// at is where a value stands, from 0 to 1.
func (s scale) at(v float64) float64 {
	if s.ratios {
		v = math.Log10(v)
	}
	return (v - s.from) / (s.to - s.from)
}

// upright is the scale of values: from 0, or of ratios if they are far apart.
func upright(ys []float64) scale {
	most := slices.Max(ys)
	if least := slices.Min(ys); least > 0 && most/least > steep {
		return scale{math.Floor(math.Log10(least)), math.Ceil(math.Log10(most)), true}
	}
	return scale{0, round(most), false}
}

// round is the next value with one digit, or one and a half.
func round(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, n := range []float64{1, 1.5, 2, 3, 4, 5, 6, 8, 10} {
		if v <= n*unit {
			return n * unit
		}
	}
	return v
}

// lines are the values that the grid shows.
func (s scale) lines() (at []float64) {
	if !s.ratios {
		return []float64{0, s.to / 2, s.to}
	}
	step := max(1, math.Ceil((s.to-s.from)/4))
	for e := s.from; e <= s.to; e += step {
		at = append(at, math.Pow(10, e))
	}
	return at
}

func (p Panel) draw(b *bytes.Buffer) {
	var xs, ys []float64
	names := map[float64]string{}
	for _, l := range p.Lines {
		for _, q := range l.Points {
			xs, ys = append(xs, q.X), append(ys, q.Y)
			names[q.X] = q.Name
		}
	}
	fmt.Fprintf(b, `<text class="t" x="8" y="16">%s</text>`+"\n", html.EscapeString(p.Title))
	if len(xs) == 0 {
		return
	}
	slices.Sort(xs)
	xs = slices.Compact(xs)
	along, up := sideways(xs), upright(ys)
	const high = cellHigh - plotTop - plotFoot
	y := func(v float64) float64 { return plotTop + high*(1-up.at(v)) }
	for _, v := range up.lines() {
		fmt.Fprintf(b, `<path class="g" d="M%d %.1f H%d"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			plotLeft, y(v), cellWide-plotRight, plotLeft-6, y(v)+4, amount(v))
	}
	for _, x := range xs {
		name := names[x]
		if name == "" {
			name = amount(x)
		}
		fmt.Fprintf(b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", along(x), cellHigh-plotFoot+16, html.EscapeString(name))
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n", (plotLeft+cellWide-plotRight)/2, cellHigh-plotFoot+31, html.EscapeString(p.Along))
	for i, l := range p.Lines {
		l.draw(b, "ab"[i%2:i%2+1], i, along, y)
	}
}

// sideways says where a value stands on the scale of ratios that leads along, 0 before all.
func sideways(xs []float64) func(float64) float64 {
	const from, to = plotLeft + 14.0, cellWide - plotRight - 14.0
	left, least := from, xs[0]
	if least == 0 && len(xs) > 1 {
		left, least = from+(to-from)/float64(len(xs)), xs[1]
	}
	most := xs[len(xs)-1]
	return func(x float64) float64 {
		switch {
		case x == 0:
			return from
		case most == least:
			return left
		}
		return left + (to-left)*math.Log(x/least)/math.Log(most/least)
	}
}

func (l Line) draw(b *bytes.Buffer, class string, n int, x, y func(float64) float64) {
	if len(l.Points) == 0 {
		return
	}
	fmt.Fprintf(b, `<path class="%s" d="`, class)
	for i, q := range l.Points {
		fmt.Fprintf(b, "%c%.1f %.1f", "ML"[min(i, 1)], x(q.X), y(q.Y))
	}
	b.WriteString(`"/>`)
	for _, q := range l.Points {
		fmt.Fprintf(b, `<circle class="p%s" cx="%.1f" cy="%.1f" r="3"><title>%s: %s</title></circle>`, class, x(q.X), y(q.Y), amount(q.X), Short(q.Y))
	}
	if l.Name != "" {
		fmt.Fprintf(b, `<text x="%d" y="32"><tspan class="p%s">●</tspan> %s</text>`, plotLeft+70*n, class, html.EscapeString(l.Name))
	}
	b.WriteString("\n")
}

// amount is a number for a scale: 10k for 10000.
func amount(v float64) string {
	switch {
	case v >= 1e6:
		return Short(v/1e6) + "M"
	case v >= 1e4:
		return Short(v/1e3) + "k"
	}
	return Short(v)
}
