package main

import (
	"crypto/md5"
	"encoding/hex"
	"math"
	"slices"
	"sort"
	"strings"
	"unicode"
)

// figures are what a score is judged by: the mean share of the strong models' gain over all
// shares of calls to them, and how many per cent of calls must go to them for 20, 50 and 80 %
// of that gain.
type figures struct {
	apgr float64
	cpt  [3]float64
}

func shares() [3]float64 { return [3]float64{0.2, 0.5, 0.8} }

// point is one place on a curve: the share of calls to the strong models, the mean quality
// and the mean cost there.
type point struct{ share, quality, cost float64 }

// ends are the mean qualities with weak models only and with strong ones only.
func ends(rows []*row) (weak, strong float64) {
	n := float64(len(rows))
	for _, r := range rows {
		weak += r.weak
		strong += r.strong
	}
	return weak / n, strong / n
}

// area is the APGR of a curve.
func area(pts []point, weak, strong float64) float64 {
	sum := 0.0
	for i := 1; i < len(pts); i++ {
		sum += (pts[i].share - pts[i-1].share) * (pts[i].quality + pts[i-1].quality) / 2
	}
	wide := pts[len(pts)-1].share - pts[0].share
	return (sum - weak*wide) / ((strong - weak) * wide)
}

// exact takes every distinct score for a threshold; equal scores enter together.
func exact(rows []*row, score []float64) (figures, []point) {
	pts := curve(rows, score)
	weak, strong := ends(rows)
	f := figures{apgr: area(pts, weak, strong)}
	sign := 1.0
	if strong < weak {
		sign = -1
	}
	for k, share := range shares() {
		goal := weak + share*(strong-weak)
		f.cpt[k] = 100
		for i := 1; i < len(pts); i++ {
			a, b := pts[i-1], pts[i]
			if (b.quality-goal)*sign < -1e-12 {
				continue
			}
			step := 0.0
			if b.quality != a.quality {
				step = (b.share - a.share) * (goal - a.quality) / (b.quality - a.quality)
			}
			f.cpt[k] = max(100*(a.share+step), 0)
			break
		}
	}
	return f, pts
}

// curve has a point for each distinct score, the highest first.
func curve(rows []*row, score []float64) []point {
	n := float64(len(rows))
	order := make([]int, len(rows))
	var at point
	for i, r := range rows {
		order[i] = i
		at.quality += r.weak
		at.cost += r.weakCost
	}
	sort.SliceStable(order, func(a, b int) bool { return score[order[a]] > score[order[b]] })
	pts := []point{{0, at.quality / n, at.cost / n}}
	for i := 0; i < len(order); {
		from := score[order[i]]
		for ; i < len(order) && score[order[i]] == from; i++ {
			r := rows[order[i]]
			at.quality += r.gain()
			at.cost += r.strongCost - r.weakCost
		}
		pts = append(pts, point{float64(i) / n, at.quality / n, at.cost / n})
	}
	return pts
}

// deciles is the definition of the RouteLLM paper: eleven thresholds at the deciles of the
// scores, ties broken by the hash of the id.
func deciles(rows []*row, score []float64) figures {
	n := len(rows)
	key := make([]string, n)
	order := make([]int, n)
	for i, r := range rows {
		sum := md5.Sum([]byte(r.ID))
		key[i], order[i] = hex.EncodeToString(sum[:]), i
	}
	sort.Slice(order, func(a, b int) bool {
		i, j := order[a], order[b]
		return score[i] < score[j] || score[i] == score[j] && key[i] < key[j]
	})
	weak, strong := ends(rows)
	var pts []point
	for b := 10; b >= 0; b-- {
		limit := float64(b) * float64(n-1) / 10
		count, sum := 0, 0.0
		for rank, i := range order {
			if r := float64(rank); r > limit || b < 10 && r == limit {
				count++
				sum += rows[i].strong
			} else {
				sum += rows[i].weak
			}
		}
		pts = append(pts, point{share: float64(count) / float64(n), quality: sum / float64(n)})
	}
	f := figures{apgr: area(pts, weak, strong)}
	for k, share := range shares() {
		f.cpt[k] = between(weak+share*(strong-weak), pts)
	}
	return f
}

// between finds the share of a quality by numpy.interp's rules, for qualities in the order of
// the curve.
func between(x float64, pts []point) float64 {
	last := len(pts) - 1
	switch {
	case x < pts[0].quality:
		return 100 * pts[0].share
	case x > pts[last].quality:
		return 100 * pts[last].share
	}
	lo, hi := 0, len(pts)
	for lo < hi {
		if mid := lo + (hi-lo)/2; x >= pts[mid].quality {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	j := lo - 1
	if j >= last {
		return 100 * pts[last].share
	}
	a, b := pts[j], pts[j+1]
	if b.quality == a.quality {
		return 100 * a.share
	}
	return 100 * (a.share + (b.share-a.share)*(x-a.quality)/(b.quality-a.quality))
}

// interval is where 95 % of the APGRs lie when rows are drawn anew.
func interval(rows []*row, score []float64, draws int, rnd *chance) []float64 {
	var out []float64
	drawn, scores := make([]*row, len(rows)), make([]float64, len(rows))
	for range draws {
		for i := range drawn {
			k := rnd.below(len(rows))
			drawn[i], scores[i] = rows[k], score[k]
		}
		if weak, strong := ends(drawn); weak != strong {
			f, _ := exact(drawn, scores)
			out = append(out, f.apgr)
		}
	}
	return out
}

// middle gives the bounds of the middle 95 %.
func middle(v []float64) (lo, hi float64) {
	v = slices.Sorted(slices.Values(v))
	if len(v) == 0 {
		return math.NaN(), math.NaN()
	}
	return v[len(v)*25/1000], v[max(len(v)*975/1000-1, 0)]
}

// byLength is the score of those who think that long is hard.
func byLength(prompt string) float64 { return float64(len([]rune(prompt))) }

// byKeywords is a list of words and the share of digits.
func byKeywords(prompt string) float64 {
	lower := strings.ToLower(prompt)
	n, digits, runes := 0, 0, 0
	for _, word := range [...]string{"prove", "proof", "derive", "algorithm", "complexity", "implement", "function", "code", "debug", "optimiz",
		"theorem", "integral", "equation", "probability", "calculate", "step by step", "analy", "explain why", "compare", "design", "legal",
		"diagnos", "quantum", "chemical", "reason", "constraint", "matrix", "differential"} {
		n += strings.Count(lower, word)
	}
	for _, r := range prompt {
		runes++
		if unicode.IsDigit(r) || strings.ContainsRune("²³¹⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", r) {
			digits++
		}
	}
	return float64(n) + 0.5*float64(digits)/float64(runes+1)*20
}
