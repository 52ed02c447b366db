package plan

import (
	"math"
	"slices"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/stats"
)

// latencyOf is the mean time in µs to the first token, or of a whole answer to its end.
func latencyOf(s *stats.Speed) int64 { return s.Mean }

// tokenTimeOf is the mean time of one output token in ns.
func tokenTimeOf(s *stats.Speed) int64 {
	if s.Tokens == 0 {
		return 0
	}
	return max(1_000_000_000_000/s.Tokens, 1)
}

// speed is the track that fits the request: streams and whole answers are not mixed.
func (m *maker) speed(c *Candidate) *stats.Speed {
	if m.d.Request.Stream {
		return &c.Reading.Stream
	}
	return &c.Reading.Whole
}

// Of what is measured and what is assumed, both in thousandths of samples.
const (
	priorSamples = 1000      // what is assumed weighs as much as one sample
	mostSamples  = 1_000_000 // beyond a thousand, samples add nothing
	leastSuccess = 50        // failures push an endpoint back twentyfold at most
)

// speedScores rank by an expected time: the endpoint's own mean and its peers' median,
// which weighs as much as one sample. Every failure on the way to a success costs at least
// what a peer takes, so that none counts as fast; there, too, one success is assumed.
// Without any sample among the peers nothing is known.
func (m *maker) speedScores(group []int, of func(*stats.Speed) int64) {
	name, unit := m.measure()
	prior := m.prior(group, of)
	best := int64(math.MaxInt64) // of those that have samples and do not rest
	for _, i := range group {
		c := &m.d.Candidates[i]
		if prior == 0 {
			c.Score = Score{Unit: unit}
			continue
		}
		own, n := of(m.speed(c)), min(m.speed(c).Samples, mostSamples)
		if own == 0 {
			n = 0
		}
		expected, success := blend(own, n, prior), int64(1000)
		if c.Reading.Uptime < 1000 {
			success = max(blend(c.Reading.Uptime, min(c.Reading.Samples, mostSamples), 1000), leastSuccess)
			expected += max(expected, prior) * (1000 - success) / success
		}
		c.Score = Score{Known: true, Unit: unit, Value: expected,
			Terms: [4]Term{{name, unit, own}, {TermSamples, UnitMilli, n}, {TermPeers, unit, prior}, {TermSuccess, UnitPermille, success}}}
		switch {
		case n == 0:
			c.Score.Terms[0] = Term{}
		case !c.resting():
			best = min(best, expected)
		}
	}
	if prior > 0 && best < math.MaxInt64 {
		m.restrain(group, best)
	}
}

// restrain puts those without samples behind the best of those that have some: they get
// their share by exploration, and no more.
func (m *maker) restrain(group []int, best int64) {
	for _, i := range group {
		if s := &m.d.Candidates[i].Score; s.Terms[1].Value == 0 {
			s.Value, s.tie = max(s.Value, best), 1
		}
	}
}

// measure names what speed is measured by, with its unit.
func (m *maker) measure() (TermName, Unit) {
	switch {
	case m.in.Policy.Strategy == catalog.StrategyThroughput:
		return TermPerToken, UnitNanos
	case m.d.Request.Stream:
		return TermFirstToken, UnitMicros
	}
	return TermWholeAnswer, UnitMicros
}

// blend is the mean of n thousandths of samples of value own and one sample of value prior.
func blend(own, n, prior int64) int64 { return (own*n + prior*priorSamples) / (n + priorSamples) }

// prior is the median of what the candidates with samples take; 0 when none has any.
func (m *maker) prior(group []int, of func(*stats.Speed) int64) int64 {
	var buf [16]int64
	known := slices.Grow(buf[:0], len(group))
	for _, i := range group {
		if v := of(m.speed(&m.d.Candidates[i])); v > 0 {
			known = append(known, v)
		}
	}
	return pool.Median(known)
}

// Exploration: this share of requests, and no more, goes first to an endpoint of which
// too little is known, if the strategy ranks by what is known.
const (
	exploreShare  = 50   // in a thousand
	enoughSamples = 3000 // thousandths
	hopeless      = 500  // successes in a thousand, below which an endpoint is known well enough
)

// explore may put a candidate first to learn about it: a healthy one that is compared
// with the first by score, and of which less is known than of another.
func (m *maker) explore() {
	p, s := m.d.Plan, m.in.Policy.Strategy
	if s != catalog.StrategyLatency && s != catalog.StrategyThroughput || len(p) < 2 {
		return
	}
	order := m.in.Policy.Order
	if best := &m.d.Candidates[p[0]]; best.resting() || ordered(order, best.Endpoint.Provider) < len(order) {
		return
	}
	var buf [16]int
	unknown, known := buf[:0], false
	for place, i := range p {
		c := &m.d.Candidates[i]
		if c.resting() || !m.together(p[0], i) {
			continue
		}
		if m.speed(c).Samples >= enoughSamples {
			known = true
		} else if c.Reading.Samples < enoughSamples || c.Reading.Uptime >= hopeless {
			unknown = append(unknown, place)
		}
	}
	if !known || len(unknown) == 0 || m.rng.below(1000) >= exploreShare {
		return
	}
	place := unknown[m.rng.below(uint64(len(unknown)))]
	if place > 0 {
		chosen := p[place]
		copy(p[1:place+1], p[:place])
		p[0], m.d.Explored = chosen, true
	}
}
