package plan

import "strowger/core/stats"

// The thresholds of value: at least this many successes in a thousand, and an expected
// time of at most twice the peers' median. What has not been seen to be worse passes.
const (
	valueUptime  = 950
	valueSamples = 3000 // thousandths of attempts before uptime counts
	valueSlower  = 2
)

// The tiers of value, as the leading part of a score.
const (
	tierGood = iota * 1_000_000
	tierUnpriced
	tierBelow
)

// valueScores draw the candidates at or above the thresholds with probability
// proportional to 1/price², one after the other from those that are left, so that every
// share is a share of what is available. Behind them come those without a price, then
// those below the thresholds.
func (m *maker) valueScores(group []int) {
	prior := m.prior(group, latencyOf)
	var left [64]int
	draw := left[:0]
	for n, i := range group {
		c := &m.d.Candidates[i]
		cost := m.costScore(c)
		c.Score = Score{Known: true, Unit: "draw", Terms: [4]Term{{"cost", cost.Value, "nano_usd"}, {}, {"uptime", c.Reading.Uptime, "permille"}}}
		switch {
		case !meets(&c.Reading, m.speed(c), prior):
			c.Score.Value = tierBelow + int64(n)
		case !cost.Known:
			c.Score.Value, c.Score.Terms[0] = tierUnpriced+int64(n), Term{}
		case c.Resting.Code != ReasonNone:
			c.Score.Value = tierGood + int64(len(group)+n)
		default:
			draw = append(draw, i)
		}
	}
	m.draw(draw)
}

func meets(r *stats.Reading, s *stats.Speed, prior int64) bool {
	if r.Samples >= valueSamples && r.Uptime < valueUptime {
		return false
	}
	return s.Samples < enoughSamples || s.Mean <= valueSlower*prior
}

// draw gives each candidate its place by chance and notes its share of the first draw.
func (m *maker) draw(left []int) {
	weights := m.weights(left)
	var total uint64
	for _, w := range weights {
		total += w
	}
	for n, i := range left {
		m.d.Candidates[i].Score.Terms[1] = Term{"share", int64(weights[n] * 1000 / total), "permille"}
	}
	for place := int64(0); len(left) > 0; place++ {
		at, n := m.rng.below(total), 0
		for at >= weights[n] {
			at -= weights[n]
			n++
		}
		m.d.Candidates[left[n]].Score.Value = tierGood + place
		total -= weights[n]
		left = append(left[:n], left[n+1:]...)
		weights = append(weights[:n], weights[n+1:]...)
	}
}

// weights are proportional to 1/price², with prices more than 16384 times apart
// counted as that. A price of 0 counts as a tenth of the lowest other price.
func (m *maker) weights(of []int) []uint64 {
	var lowest, highest int64
	for _, i := range of {
		p := m.d.Candidates[i].Score.Terms[0].Value
		if p > 0 && (lowest == 0 || p < lowest) {
			lowest = p
		}
		highest = max(highest, p)
	}
	floor := max(lowest/10, highest/16384, 1)
	weights := make([]uint64, len(of))
	for n, i := range of {
		ratio := uint64(max(highest, 1)) * 1024 / uint64(max(m.d.Candidates[i].Score.Terms[0].Value, floor))
		weights[n] = max(ratio*ratio, 1)
	}
	return weights
}
