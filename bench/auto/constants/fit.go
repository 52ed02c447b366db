package main

import (
	"math"
	"slices"

	"strowger/core/auto/pool"
)

// line is a fit: how able each model of each table is at difficulty 0, in logits, and how many
// logits the whole span of the difficulty costs any of them.
type line struct {
	ability [][]float64 // by table, then model
	slope   float64
}

// fit is the line of greatest likelihood, by Newton's method: abilities have no second
// derivatives with each other, so that one step is a division each. Weights are of prompts, by
// table; nil: 1 each. A slope that is not NaN is given.
func fit(tables []table, weights [][]float64, slope float64) line {
	l := line{ability: make([][]float64, len(tables))}
	given := !math.IsNaN(slope)
	if given {
		l.slope = slope
	}
	for t := range tables {
		l.ability[t] = make([]float64, len(tables[t].models))
	}
	for range 12 {
		type sums struct{ g, h, hd float64 }
		var gs, hs float64
		all := make([][]sums, len(tables))
		for t := range tables {
			all[t] = make([]sums, len(tables[t].models))
			for p := range tables[t].prompts {
				d, w := tables[t].prompts[p].difficulty, 1.0
				if weights != nil {
					w = weights[t][p]
				}
				if w == 0 {
					continue
				}
				for m, y := range tables[t].cells[p] {
					if math.IsNaN(y) {
						continue
					}
					q := sigmoid(l.ability[t][m] - l.slope*d)
					g, h := w*(y-q), w*q*(1-q)
					s := &all[t][m]
					s.g, s.h, s.hd = s.g+g, s.h+h, s.hd-h*d
					gs, hs = gs-g*d, hs+h*d*d
				}
			}
		}
		for t := range all {
			for m := range all[t] {
				s := &all[t][m]
				s.h += 1e-9
				gs, hs = gs-s.hd*s.g/s.h, hs-s.hd*s.hd/s.h
			}
		}
		step := gs / hs
		if given {
			step = 0
		}
		l.slope += step
		for t := range all {
			for m := range all[t] {
				s := all[t][m]
				l.ability[t][m] += (s.g - s.hd*step) / s.h
			}
		}
	}
	return l
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// spread is from the first to the third quartile.
func spread(values []float64) float64 { return quantile(values, .75) - quantile(values, .25) }

// quantile is interpolated between neighbours.
func quantile(values []float64, at float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	x := at * float64(len(sorted)-1)
	i := int(x)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + (x-float64(i))*(sorted[i+1]-sorted[i])
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// curve is expected quality: 1/(1+exp(-(rating - zero - hard·difficulty)/logit)), as in
// core/auto/pool.
type curve struct{ zero, hard, logit float64 }

func (c *curve) quality(rating, difficulty float64) float64 {
	return sigmoid((rating - c.zero - c.hard*difficulty) / c.logit)
}

// The anchor of trivial requests, which no data holds: judged, not measured. Of ten that are
// among the easiest tenth a model of the rating of the small ones of 2024 gets nearly all right.
const trivialDifficulty, trivialRating, trivialQuality = .05, 1300, .97

// anchored is the curve through two points. Questions of exams are all alike hard beside what
// people ask, and the score tells little among them, so that the slope within them says nothing
// of trivial requests: of the fit only its middle is taken, and the other point is stated.
func anchored(s scale, slope, middle float64) curve {
	exam := s.zero + s.logit*slope*middle // the rating that answers every second one
	trivial := trivialRating - s.logit*math.Log(trivialQuality/(1-trivialQuality))
	hard := (exam - trivial) / (middle - trivialDifficulty)
	return curve{exam - hard*middle, hard, s.logit}
}

// middle is the median difficulty of the prompts.
func middle(tables []table) float64 {
	var all []float64
	for t := range tables {
		for _, p := range tables[t].prompts {
			all = append(all, p.difficulty)
		}
	}
	return quantile(all, .5)
}

// scale is what turns logits into Elo points: the rating of ability 0, and points a logit.
type scale struct{ zero, logit float64 }

// scaleOf lays the abilities onto ratings: their spread within a table is taken to be that of
// the rated models of the facts, for there are too few models that stand in both; where the
// ratings lie comes from those few.
func scaleOf(tables []table, l line, f *known) scale {
	var elo, spreads, zeros []float64
	rated := map[string]float64{}
	for _, m := range f.Models {
		if r := m.Elo["overall"]; len(r) > 0 {
			elo = append(elo, float64(r[0]))
			rated[m.Arena] = float64(r[0])
		}
	}
	for t := range tables {
		spreads = append(spreads, spread(l.ability[t]))
	}
	s := scale{logit: spread(elo) / mean(spreads)}
	for t := range tables {
		for m, name := range tables[t].models {
			if r, ok := rated[name]; ok {
				zeros = append(zeros, r-s.logit*l.ability[t][m])
			}
		}
	}
	s.zero = mean(zeros)
	return s
}

// priceLine is the least-squares line through rating over log2 of the price of output.
func priceLine(f *known) (at1, doubling float64, n int, r2 float64) {
	price := map[string]float64{}
	for _, e := range f.Endpoints {
		if out := e.Price.Out; out > 0 && (price[e.Model] == 0 || out < price[e.Model]) {
			price[e.Model] = out
		}
	}
	var xs, ys []float64
	for id, m := range f.Models {
		if r := m.Elo["overall"]; len(r) > 0 && price[id] > 0 {
			xs, ys = append(xs, math.Log2(price[id])), append(ys, float64(r[0]))
		}
	}
	mx, my := mean(xs), mean(ys)
	var sxy, sxx, syy float64
	for i := range xs {
		sxy, sxx, syy = sxy+(xs[i]-mx)*(ys[i]-my), sxx+(xs[i]-mx)*(xs[i]-mx), syy+(ys[i]-my)*(ys[i]-my)
	}
	doubling = sxy / sxx
	return my - doubling*mx, doubling, len(xs), doubling * sxy / syy
}

// maxHalf is the most that half of an aspect's 95 % interval may be, in Elo points, for the
// built-in catalog to have it.
const maxHalf = 20

// shifts are by how much ratings of each aspect are above the overall ones, the lower median.
func (f *known) shifts() (by [pool.AspectCount]int16) {
	for a := range pool.AspectCount {
		var above []int16
		for _, m := range f.Models {
			if of := m.Elo[a.String()]; of != nil && of[1] <= maxHalf {
				above = append(above, of[0]-m.Elo[pool.AspectOverall.String()][0])
			}
		}
		if slices.Sort(above); len(above) > 0 {
			by[a] = above[(len(above)-1)/2]
		}
	}
	return by
}
