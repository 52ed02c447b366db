package plan

import (
	"cmp"
	"slices"

	"strowger/core/catalog"
)

// rank scores what is eligible and puts it in order: healthy before resting, the
// primary model before the fallback models, what the caller ordered first, then by
// score; equal candidates stay in the configured order.
func (m *maker) rank() {
	eligible := make([]int, 0, len(m.d.Candidates))
	for i := range m.d.Candidates {
		if m.d.Candidates[i].Excluded.Code == ReasonNone {
			eligible = append(eligible, i)
		}
	}
	for from := 0; from < len(eligible); {
		to := from
		group := m.d.Candidates[eligible[from]].Group
		for to < len(eligible) && m.d.Candidates[eligible[to]].Group == group {
			to++
		}
		m.score(eligible[from:to])
		from = to
	}
	explored := m.explore(eligible)
	slices.SortStableFunc(eligible, func(a, b int) int {
		if a == explored || b == explored {
			return cmp.Compare(btoi(b == explored), btoi(a == explored))
		}
		return m.compare(&m.d.Candidates[a], &m.d.Candidates[b])
	})
	m.d.Explored = explored >= 0
	m.d.Plan = eligible
}

func (m *maker) compare(a, b *Candidate) int {
	if c := cmp.Compare(btoi(a.Resting.Code != 0), btoi(b.Resting.Code != 0)); c != 0 {
		return c
	}
	if c := cmp.Compare(a.Group, b.Group); c != 0 {
		return c
	}
	if c := cmp.Compare(m.ordered(a), m.ordered(b)); c != 0 {
		return c
	}
	if c := cmp.Compare(btoi(!a.Score.Known), btoi(!b.Score.Known)); c != 0 {
		return c
	}
	return cmp.Compare(a.Score.Value, b.Score.Value)
}

// ordered is the place of the candidate in the caller's order; behind it when unlisted.
func (m *maker) ordered(c *Candidate) int {
	order := m.in.Policy.Order
	for i, name := range order {
		if catalog.MatchProvider(name, c.Endpoint.Provider) {
			return i
		}
	}
	return len(order)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// score fills the scores of one model's eligible candidates.
func (m *maker) score(group []int) {
	switch m.in.Policy.Strategy {
	case catalog.StrategyCost:
		for _, i := range group {
			m.d.Candidates[i].Score = m.costScore(&m.d.Candidates[i])
		}
	case catalog.StrategyLatency:
		m.speedScores(group, latencyOf, "first_token")
	case catalog.StrategyThroughput:
		m.speedScores(group, tokenTimeOf, "per_token")
	case catalog.StrategyBalanced:
		m.turnScores(group)
	case catalog.StrategyValue:
		m.valueScores(group)
	default:
		for n, i := range group {
			m.d.Candidates[i].Score = Score{Known: true, Value: int64(n), Unit: "position"}
		}
	}
}

// costScore is the expected cost of this request in billionths of a dollar. An unknown
// price is not zero: such a candidate goes last.
func (m *maker) costScore(c *Candidate) Score {
	p, r := &c.Endpoint.Price, &m.d.Request
	if !p.Known {
		return Score{Unit: "nano_usd"}
	}
	in, out, each := r.InputTokens*p.Input/1000, r.OutputTokens*p.Output/1000, p.Request*1000
	return Score{Known: true, Value: in + out + each, Unit: "nano_usd", Terms: [4]Term{
		{"input", in, "nano_usd"}, {"output", out, "nano_usd"}, {"request", each, "nano_usd"},
	}}
}

// turnScores count turns, so that the counts of available endpoints differ by at most
// one. An endpoint that was away does not catch up: it counts as at most one turn
// behind. Fewest in flight breaks ties; the configured order the rest.
func (m *maker) turnScores(group []int) {
	var most int64
	for _, i := range group {
		if c := &m.d.Candidates[i]; c.Resting.Code == ReasonNone {
			most = max(most, c.Reading.Picked)
		}
	}
	for _, i := range group {
		c := &m.d.Candidates[i]
		c.Score = Score{Known: true, Value: max(c.Reading.Picked, most-1), Unit: "turns",
			Terms: [4]Term{{"in_flight", c.Reading.InFlight, "attempts"}}}
	}
	slices.SortStableFunc(group, func(a, b int) int {
		return cmp.Compare(m.d.Candidates[a].Reading.InFlight, m.d.Candidates[b].Reading.InFlight)
	})
}

// median is the middle of values, the lower one of two; 0 for none.
func median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
