package plan

import (
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
	return 1_000_000_000_000 / s.Tokens
}

// speed is the track that fits the request: streams and whole answers are not mixed.
func (m *maker) speed(c *Candidate) *stats.Speed {
	if m.d.Request.Stream {
		return &c.Reading.Stream
	}
	return &c.Reading.Whole
}

// leastUptime bounds how much failures can push an endpoint back: twentyfold.
const leastUptime = 50

// speedScores rank by an expected time: the endpoint's own mean and its peers' median,
// which weighs as much as one sample, divided by the share of attempts that succeed,
// since a failure costs another try. Without any sample among the peers nothing is known.
func (m *maker) speedScores(group []int, of func(*stats.Speed) int64, name string) {
	unit := "us"
	if name == "per_token" {
		unit = "ns"
	}
	prior := m.prior(group, of)
	for _, i := range group {
		c := &m.d.Candidates[i]
		if prior == 0 {
			c.Score = Score{Unit: unit}
			continue
		}
		own, n := of(m.speed(c)), m.speed(c).Samples
		if own == 0 {
			n = 0
		}
		expected := (own*n + prior*1000) / (n + 1000)
		c.Score = Score{Known: true, Unit: unit, Value: expected * 1000 / max(c.Reading.Uptime, leastUptime), Terms: [4]Term{
			{name, own, unit}, {"samples", n, "milli"}, {"peers", prior, unit}, {"uptime", c.Reading.Uptime, "permille"},
		}}
	}
}

// prior is the median of what the candidates with samples take; 0 when none has any.
func (m *maker) prior(group []int, of func(*stats.Speed) int64) int64 {
	var buf [16]int64
	known := buf[:0]
	for _, i := range group {
		if v := of(m.speed(&m.d.Candidates[i])); v > 0 {
			known = append(known, v)
		}
	}
	return median(known)
}

// Exploration: this share of requests, and no more, goes first to an endpoint of which
// too little is known, if the strategy ranks by what is known.
const (
	exploreShare  = 50   // in a thousand
	enoughSamples = 3000 // thousandths
)

// explore gives the candidate to put first to learn about it, or -1.
func (m *maker) explore(eligible []int) int {
	s := m.in.Policy.Strategy
	if s != catalog.StrategyLatency && s != catalog.StrategyThroughput || len(m.in.Policy.Order) > 0 {
		return -1
	}
	var buf [16]int
	unknown, known := buf[:0], false
	for _, i := range eligible {
		c := &m.d.Candidates[i]
		if c.Group != 0 || c.Resting.Code != ReasonNone {
			continue
		}
		if m.speed(c).Samples < enoughSamples {
			unknown = append(unknown, i)
		} else {
			known = true
		}
	}
	if !known || len(unknown) == 0 || m.rng.below(1000) >= exploreShare {
		return -1
	}
	return unknown[m.rng.below(uint64(len(unknown)))]
}
