package main

import (
	"bytes"
	"fmt"
	"math"
)

// Size of a panel and what surrounds it, in pixels.
const (
	panelWide = 340
	panelHigh = 260
	panelLeft = 60
	panelTop  = 40
)

// colours of the entrants, as entrants lists them; readable on white and on black.
func colours() [4]string { return [4]string{"#2f81f7", "#d29922", "#8b949e", "#8b949e"} }

// svg draws two panels: the mean share of the gain over the share of calls to strong models,
// and the quality over the cost of a request for the source whose prices are known.
func (c comparison) svg() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#8b949e">`+"\n", 2*(panelWide+panelLeft)+30, panelTop+panelHigh+70)
	c.gainPanel(&b, panelLeft)
	c.costPanel(&b, 2*panelLeft+panelWide)
	for k, name := range entrants() {
		x := panelLeft + 110*k
		fmt.Fprintf(&b, `<path d="M%d %d h24" %s/><text x="%d" y="%d">%s</text>`+"\n", x, panelTop+panelHigh+55, stroke(k), x+30, panelTop+panelHigh+59, name)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func stroke(k int) string {
	dash := ""
	switch k {
	case 2:
		dash = ` stroke-dasharray="6 3"`
	case 3:
		dash = ` stroke-dasharray="2 3"`
	}
	return fmt.Sprintf(`fill="none" stroke="%s" stroke-width="2"%s`, colours()[k], dash)
}

// panel maps values to pixels.
type panel struct {
	b              *bytes.Buffer
	left           int
	x0, x1, y0, y1 float64
}

func (p *panel) frame(title, x, y string, xs, ys [2]string) {
	bottom, right := panelTop+panelHigh, p.left+panelWide
	fmt.Fprintf(p.b, `<path d="M%d %d V%d H%d" fill="none" stroke="#8b949e"/>`+"\n", p.left, panelTop, bottom, right)
	fmt.Fprintf(p.b, `<text x="%d" y="%d" font-size="14">%s</text>`+"\n", p.left, panelTop-20, title)
	fmt.Fprintf(p.b, `<text x="%d" y="%d">%s</text><text x="%d" y="%d" text-anchor="end">%s</text><text x="%d" y="%d" text-anchor="middle">%s</text>`+"\n",
		p.left, bottom+16, xs[0], right, bottom+16, xs[1], p.left+panelWide/2, bottom+32, x)
	fmt.Fprintf(p.b, `<text x="%d" y="%d" text-anchor="end">%s</text><text x="%d" y="%d" text-anchor="end">%s</text><text x="%d" y="%d">%s</text>`+"\n",
		p.left-6, bottom, ys[0], p.left-6, panelTop+10, ys[1], p.left+6, panelTop+2, y)
}

func (p *panel) line(k int, pts [][2]float64) {
	fmt.Fprintf(p.b, `<path %s d="`, stroke(k))
	for i, v := range pts {
		op := 'L'
		if i == 0 {
			op = 'M'
		}
		x := float64(p.left) + panelWide*(v[0]-p.x0)/(p.x1-p.x0)
		y := panelTop + panelHigh*(1-(v[1]-p.y0)/(p.y1-p.y0))
		fmt.Fprintf(p.b, "%c%.1f %.1f", op, x, y)
	}
	fmt.Fprintln(p.b, `"/>`)
}

// gainPanel is the mean over the sources left out.
func (c comparison) gainPanel(b *bytes.Buffer, left int) {
	p := panel{b, left, 0, 100, 0, 100}
	p.frame("Mean over five sources left out", "calls to strong models", "share of their gain", [2]string{"0 %", "100 %"}, [2]string{"0 %", "100 %"})
	p.line(3, [][2]float64{{0, 0}, {100, 100}})
	for k := 2; k >= 0; k-- {
		var pts [][2]float64
		for share := 0; share <= 100; share += 2 {
			sum := 0.0
			for _, set := range names(c) {
				all := c[set][k].points
				first, last := all[0].quality, all[len(all)-1].quality
				sum += 100 * (along(all, float64(share)/100).quality - first) / (last - first) / float64(len(c))
			}
			pts = append(pts, [2]float64{float64(share), math.Min(math.Max(sum, 0), 100)})
		}
		p.line(k, pts)
	}
}

// costPanel is routerbench, which states what each request cost.
func (c comparison) costPanel(b *bytes.Buffer, left int) {
	all := c["routerbench"][0].points
	first, last := all[0], all[len(all)-1]
	const unit = 1000
	p := panel{b, left, first.cost * unit, last.cost * unit, first.quality, last.quality}
	p.frame("RouterBench, left out", "US dollars for a thousand requests", "right answers",
		[2]string{fmt.Sprintf("%.2f", p.x0), fmt.Sprintf("%.2f", p.x1)}, [2]string{fmt.Sprintf("%.0f %%", 100*p.y0), fmt.Sprintf("%.0f %%", 100*p.y1)})
	p.line(3, [][2]float64{{p.x0, p.y0}, {p.x1, p.y1}})
	for k := 2; k >= 0; k-- {
		var pts [][2]float64
		for share := 0; share <= 100; share += 2 {
			at := along(c["routerbench"][k].points, float64(share)/100)
			pts = append(pts, [2]float64{at.cost * unit, at.quality})
		}
		p.line(k, pts)
	}
}

// along is the place on a curve at a share of calls.
func along(pts []point, share float64) point {
	for i := 1; i < len(pts); i++ {
		a, b := pts[i-1], pts[i]
		if b.share >= share {
			t := (share - a.share) / (b.share - a.share)
			return point{share, a.quality + t*(b.quality-a.quality), a.cost + t*(b.cost-a.cost)}
		}
	}
	return pts[len(pts)-1]
}
