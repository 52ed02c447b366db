package plan

import (
	"math/bits"
	"slices"
	"strconv"

	"strowger/core/catalog"
)

// costScore is the expected cost of this request in billionths of a dollar, in the tier of
// its estimated input. An unknown
// price is not zero: such a candidate goes last.
func (m *maker) costScore(e *catalog.Endpoint) Score {
	if !e.Price.Known {
		return Score{Unit: UnitNanoUSD}
	}
	in, out, each, images := m.costs(e)
	s := Score{Known: true, Unit: UnitNanoUSD, Value: in + out + each + images,
		Terms: [4]Term{{TermInput, UnitNanoUSD, in}, {TermOutput, UnitNanoUSD, out}, {TermRequest, UnitNanoUSD, each}}}
	if m.d.Request.Images > 0 {
		s.Terms[3] = Term{TermImages, UnitNanoUSD, images}
	}
	return s
}

// costs are the parts of the expected cost of this request where the price is known.
func (m *maker) costs(e *catalog.Endpoint) (in, out, each, images int64) {
	r := &m.d.Request
	p := e.Price.For(r.InputTokens)
	const million = 1_000_000
	if r.Images > 0 {
		images = nano(product(r.Images, million), p.Image)
	}
	return nano(r.InputTokens, p.Input), nano(r.OutputTokens, p.Output), nano(million, p.Request), images
}

// maxNano bounds an expected cost, a million dollars, so that sums and ratios fit.
const maxNano = 1 << 50

// nano is what tokens cost at a price in micro-dollars per million, in billionths of a
// dollar.
func nano(tokens int64, price catalog.MicroDollars) int64 {
	hi, lo := bits.Mul64(uint64(max(tokens, 0)), uint64(max(price, 0)))
	if hi > 0 {
		return maxNano
	}
	return int64(min(lo/1000, maxNano))
}

// The thresholds of value: at least this many successes in a thousand, and an expected
// time of at most twice the peers' median. What has not been seen to be worse passes.
const (
	valueUptime = 950
	valueSlower = 2
)

// The tiers of value, as the leading part of a score. No model has that many endpoints.
const (
	tierDrawn   = iota * 1_000_000
	tierResting // good, but not drawn
	tierUnpriced
	tierBelow
)

// valueScores draw the candidates at or above the thresholds with probability
// proportional to 1/price², one after the other from those that are left, so that every
// share is a share of what is available. Behind them come those without a price, then
// those below the thresholds. One that rests is not drawn, nor one that misses a preference
// which another meets: they go behind anyway.
func (m *maker) valueScores(group []int) {
	prior := m.prior(group, latencyOf)
	met := slices.ContainsFunc(group, func(i int) bool { return !m.d.Candidates[i].resting() && !m.d.Candidates[i].missed() })
	var buf [16]int
	draw := slices.Grow(buf[:0], len(group))
	for n, i := range group {
		c := &m.d.Candidates[i]
		s, priced := &c.Score, c.Endpoint.Price.Known
		*s = Score{Known: true, Unit: UnitDraw, Terms: [4]Term{2: {TermUptime, UnitPermille, c.Reading.Uptime}}}
		if priced {
			in, out, each, images := m.costs(c.Endpoint)
			s.Terms[0] = Term{TermCost, UnitNanoUSD, in + out + each + images}
		}
		switch {
		case !m.meets(c, prior):
			s.Value = tierBelow + int64(n)
		case !priced:
			s.Value = tierUnpriced + int64(n)
		case c.resting() || c.missed() && met:
			s.Value = tierResting + int64(n)
		default:
			draw = append(draw, i)
		}
	}
	m.draw(draw)
}

// meets reports whether the candidate is at or above the thresholds.
func (m *maker) meets(c *Candidate, prior int64) bool {
	if c.Reading.Samples >= enoughSamples && c.Reading.Uptime < valueUptime {
		return false
	}
	s := m.speed(c)
	return s.Samples < enoughSamples || s.Mean <= valueSlower*prior
}

// draw gives each candidate its place by chance and notes its share of the first draw.
func (m *maker) draw(left []int) {
	var buf [16]uint64
	weights := m.weights(slices.Grow(buf[:0], len(left)), left)
	var total uint64
	for _, w := range weights {
		total += w
	}
	for n, i := range left {
		m.d.Candidates[i].Score.Terms[1] = Term{TermShare, UnitPermille, int64(weights[n] * 1000 / total)}
	}
	for place := range left {
		at, n := m.rng.below(total), 0
		for at >= weights[n] {
			at -= weights[n]
			n++
		}
		m.d.Candidates[left[n]].Score.Value = tierDrawn + int64(place)
		total -= weights[n]
		weights[n] = 0 // who has been drawn is passed over
	}
}

// maxRatio is how far apart prices count; beyond, they count as that far apart.
const maxRatio = 1 << 14

// weights appends numbers proportional to 1/price². A price of 0 counts as a tenth of the
// lowest other price.
func (m *maker) weights(dst []uint64, of []int) []uint64 {
	cost := func(i int) int64 { return m.d.Candidates[i].Score.Terms[0].Value }
	var lowest, highest int64
	for _, i := range of {
		if p := cost(i); p > 0 && (lowest == 0 || p < lowest) {
			lowest = p
		}
		highest = max(highest, cost(i))
	}
	for _, i := range of {
		p := cost(i)
		if p == 0 {
			p = lowest / 10
		}
		p = max(p, highest/maxRatio, 1)
		ratio := uint64(max(highest, 1)) * 1024 / uint64(p) // at most 2^24, so that its square is below 2^49
		dst = append(dst, ratio*ratio)
	}
	return dst
}

// drawText says where the draw has put a candidate.
func drawText(value int64) string {
	switch {
	case value >= tierBelow:
		return "below the thresholds"
	case value >= tierUnpriced:
		return "without a price"
	case value >= tierResting:
		return "not drawn"
	}
	return "drawn as number " + strconv.FormatInt(value+1, 10)
}

// valueMerit says how a candidate came first.
func valueMerit(s Score) string {
	switch {
	case s.Value >= tierBelow:
		return "none is good enough, and it is the first of them"
	case s.Value >= tierUnpriced:
		return "no price is known of those that are good enough, and it is the first of them"
	case s.Terms[1].Value >= 1000:
		return "the only one with a price that is good enough"
	}
	return "drawn with a share of " + strconv.FormatInt(s.Terms[1].Value/10, 10) + "% by price among those that are good enough"
}
