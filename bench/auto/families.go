package main

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"strowger/core/auto"
)

// family is a kind of model: it fits to examples and gives a score for each.
type family struct {
	name  string
	bytes int // of its weights, one each, or two for a place in a tree or a centroid
	fit   func([]*example) func(*example) float64
}

func hardness(r *row) float64 { return 1 - r.weak }
func beyondIt(r *row) float64 { return 1 - r.strong }

// heads is the shipped kind in floating point: both failures, or hard only if two is false.
func heads(c settings, two bool, target func(*row) float64) func([]*example) func(*example) float64 {
	return func(rest []*example) func(*example) float64 {
		hard := fit(rest, c, target)
		if !two {
			return func(e *example) float64 { return hard.sum(e, c) }
		}
		beyond := fit(rest, c, beyondIt)
		return func(e *example) float64 {
			return logistic(hard.sum(e, c)) - logistic(c.beyond+beyond.sum(e, c)) + c.length*e.z[auto.LastParagraph]
		}
	}
}

// withDemand is heads with our own prompts; their features are scaled as the others were.
func withDemand(c settings) func([]*example) func(*example) float64 {
	return func(rest []*example) func(*example) float64 {
		mine, err := ownExamples()
		if err != nil {
			panic(err)
		}
		s := measure(rest)
		s.apply(mine)
		gain, demand := heads(c, true, hardness)(rest), demanding(rest, mine, c)
		return func(e *example) float64 {
			if e.options {
				return gain(e)
			}
			return gain(e) + c.demand*(logistic(demand.sum(e, c.forDemand()))-c.demandZero)
		}
	}
}

func allFamilies() []family {
	c := chosen()
	hand, words, task := c, c, c
	hand.table, words.hand, task.byTask = false, false, true
	slots := len(head{}.table)
	return []family{
		{"features and words, hard less beyond, and demand (shipped)", 3*hands + 2*slots, withDemand(c)},
		{"features and words, hard less beyond", 2 * (hands + slots), heads(c, true, hardness)},
		{"features and words, hard alone", hands + slots, heads(c, false, hardness)},
		{"features and words, gain as the target", hands + slots, heads(c, false, func(r *row) float64 { return (1 + r.gain()) / 2 })},
		{"features and words, target strong right and weak wrong", hands + slots, heads(c, false, func(r *row) float64 { return r.strong * (1 - r.weak) })},
		{"features and words, an intercept for each task", 2 * (hands + slots), heads(task, true, hardness)},
		{"features alone, hard less beyond", 2 * hands, heads(hand, true, hardness)},
		{"words alone, hard less beyond", 2 * slots, heads(words, true, hardness)},
		{"pairs of features (factorised, rank 4), hard", hands * 5, pairs},
		{"boosted trees on features (150 of depth 2), hard", 150 * 14, func(rest []*example) func(*example) float64 { return boost(rest, 150, 2) }},
		{"nearest of 64 centroids of features, hard", 64 * hands * 2, centroids},
	}
}

// families prints what each kind is worth on the sources left out.
func (o *options) families(out io.Writer) error {
	d, err := load(filepath.Join(o.data, "train"))
	if err != nil {
		return err
	}
	all := examples(d.rows)
	fmt.Fprintf(out, "%-58s %6s %6s  %s\n", "family, floating point", "bytes", "APGR", sets())
	for _, f := range allFamilies() {
		mean, each := 0.0, ""
		for _, set := range sets() {
			var rest, left []*example
			var rows []*row
			for _, e := range all {
				if e.set == set {
					left, rows = append(left, e), append(rows, e.row)
				} else {
					rest = append(rest, e)
				}
			}
			s := measure(rest)
			s.apply(rest)
			s.apply(left)
			score := f.fit(rest)
			values := make([]float64, len(left))
			for i, e := range left {
				values[i] = score(e)
			}
			g, _ := exact(rows, values)
			mean += g.apgr / float64(len(sets()))
			each += fmt.Sprintf(" %.3f", g.apgr)
		}
		fmt.Fprintf(out, "%-58s %6d %6.4f %s\n", f.name, f.bytes, mean, each)
	}
	return nil
}

// residuals are how much harder each example is than its set.
func residuals(rest []*example) []float64 {
	type mean struct{ sum, n float64 }
	bySet := map[string]mean{}
	for _, e := range rest {
		m := bySet[e.set]
		bySet[e.set] = mean{m.sum + hardness(e.row), m.n + 1}
	}
	out := make([]float64, len(rest))
	for i, e := range rest {
		out[i] = hardness(e.row) - bySet[e.set].sum/bySet[e.set].n
	}
	return out
}

// pairs is a factorisation machine: each feature has a weight and a place in four dimensions,
// and two features together count as much as their places agree.
func pairs(rest []*example) func(*example) float64 {
	const rank, rate = 4, 0.01
	var w, wSquares [hands]float64
	var v, vSquares [hands][rank]float64
	rnd := chance(1)
	for k := range v {
		for d := range v[k] {
			v[k][d] = float64(rnd.below(2001)-1000) / 1e5
		}
	}
	sum := func(e *example) (s float64, at [rank]float64) {
		for k, z := range e.z {
			s += w[k] * z
			for d := range at {
				at[d] += v[k][d] * z
				s -= v[k][d] * z * v[k][d] * z / 2
			}
		}
		for _, a := range at {
			s += a * a / 2
		}
		return s, at
	}
	step := func(w, squares *float64, g float64) {
		*squares += g * g
		*w -= rate * g / math.Sqrt(*squares+1e-8)
	}
	y := residuals(rest)
	for range 4 {
		for _, i := range rnd.order(len(rest)) {
			e := rest[i]
			s, at := sum(e)
			g := min(max(s, -2), 2) - y[i]
			for k, z := range e.z {
				step(&w[k], &wSquares[k], g*z)
				for d := range at {
					step(&v[k][d], &vSquares[k][d], g*z*(at[d]-v[k][d]*z))
				}
			}
		}
	}
	return func(e *example) float64 {
		s, _ := sum(e)
		return s
	}
}

// centroids are those of k-means over the features; a text is as hard as the examples of its
// nearest one are beyond their sets.
func centroids(rest []*example) func(*example) float64 {
	const k = 64
	at := make([][hands]float64, k)
	rnd := chance(1)
	for i := range at {
		at[i] = rest[rnd.below(len(rest))].z
	}
	nearest := func(e *example) int {
		best, least := 0, math.Inf(1)
		for i := range at {
			d := 0.0
			for f, z := range e.z {
				d += (z - at[i][f]) * (z - at[i][f])
			}
			if d < least {
				best, least = i, d
			}
		}
		return best
	}
	y := residuals(rest)
	var sums, counts [k]float64
	for range 8 {
		var next [k][hands]float64
		sums, counts = [k]float64{}, [k]float64{}
		for i, e := range rest {
			n := nearest(e)
			sums[n] += y[i]
			counts[n]++
			for f, z := range e.z {
				next[n][f] += z
			}
		}
		for i := range next {
			for f := range next[i] {
				if counts[i] > 0 {
					at[i][f] = next[i][f] / counts[i]
				}
			}
		}
	}
	worth := slices.Clone(sums[:])
	for i := range worth {
		worth[i] /= counts[i] + 20
	}
	return func(e *example) float64 { return worth[nearest(e)] }
}
