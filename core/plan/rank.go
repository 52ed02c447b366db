package plan

import (
	"cmp"
	"slices"

	"strowger/core/catalog"
)

// rank scores what is eligible and puts it in order: healthy before resting, the
// primary model before the fallback models, what meets the preferences, what the caller
// ordered first, then by score; equal candidates stay in the configured order.
func (m *maker) rank() {
	eligible := make([]int, 0, len(m.d.Candidates))
	for i := range m.d.Candidates {
		if !m.d.Candidates[i].excluded() {
			eligible = append(eligible, i)
		}
	}
	for from := 0; from < len(eligible); {
		to := from + 1
		for to < len(eligible) && m.together(eligible[from], eligible[to]) {
			to++
		}
		m.score(eligible[from:to])
		from = to
	}
	m.d.Plan = eligible
	m.sort()
	if m.in.Policy.Auto != nil {
		m.chooseModel()
		m.sort()
	}
	m.explore()
}

// sort puts the plan in order.
func (m *maker) sort() {
	slices.SortStableFunc(m.d.Plan, func(a, b int) int {
		return m.compare(&m.d.Candidates[a], &m.d.Candidates[b])
	})
}

// together reports whether two candidates are compared by their scores: those of one
// model, or all of them where the caller wants it so.
func (m *maker) together(a, b int) bool {
	return m.in.Policy.Mixed || m.d.Candidates[a].Group == m.d.Candidates[b].Group
}

func (m *maker) compare(a, b *Candidate) int {
	if c := m.precede(a, b); c != 0 {
		return c
	}
	if a.Score.Known != b.Score.Known {
		return first(a.Score.Known)
	}
	if c := cmp.Compare(a.Score.Value, b.Score.Value); c != 0 {
		return c
	}
	return cmp.Compare(a.Score.tie, b.Score.tie)
}

// precede compares by what comes before any score.
func (m *maker) precede(a, b *Candidate) int {
	p := &m.in.Policy
	switch {
	case m.keeps() && (a.Group == 0) != (b.Group == 0):
		return first(a.Group == 0)
	case a.resting() != b.resting():
		return first(b.resting())
	case a.Group != b.Group && !p.Mixed:
		return cmp.Compare(a.Group, b.Group)
	}
	if len(p.Order) > 0 {
		if c := cmp.Compare(ordered(p.Order, a.Endpoint.Provider), ordered(p.Order, b.Endpoint.Provider)); c != 0 {
			return c
		}
	}
	if a.missed() != b.missed() {
		return first(b.missed())
	}
	return 0
}

// first is the result of a comparison in which a goes first if yes, and b if not.
func first(yes bool) int {
	if yes {
		return -1
	}
	return 1
}

// ordered is the place of the provider in the caller's order; behind it when unlisted. The
// name that says most counts: after google and google/eu, google/eu stands second.
func ordered(order []string, provider string) int {
	best, length := len(order), -1
	for i, name := range order {
		if len(name) > length && catalog.MatchProvider(name, provider) {
			best, length = i, len(name)
		}
	}
	return best
}

// score fills the scores of candidates that are compared with each other.
func (m *maker) score(group []int) {
	switch m.in.Policy.Strategy {
	case catalog.StrategyCost:
		for _, i := range group {
			m.d.Candidates[i].Score = m.costScore(m.d.Candidates[i].Endpoint)
		}
	case catalog.StrategyLatency:
		m.speedScores(group, latencyOf)
	case catalog.StrategyThroughput:
		m.speedScores(group, tokenTimeOf)
	case catalog.StrategyBalanced:
		m.turnScores(group)
	case catalog.StrategyValue:
		m.valueScores(group)
	case catalog.StrategyWeighted:
		m.weightScores(group)
	default:
		for n, i := range group {
			m.d.Candidates[i].Score = Score{Known: true, Unit: UnitPosition, Value: int64(n)}
		}
	}
}

// turnScores count turns, so that the counts of available endpoints differ by at most
// one. An endpoint that was away does not catch up: it counts as at most one turn
// behind. Fewest in flight breaks ties; the configured order the rest.
func (m *maker) turnScores(group []int) {
	var most int64
	for _, i := range group {
		if c := &m.d.Candidates[i]; !c.resting() {
			most = max(most, c.Reading.Picked)
		}
	}
	for _, i := range group {
		r := &m.d.Candidates[i].Reading
		m.d.Candidates[i].Score = Score{Known: true, Unit: UnitTurns, Value: max(r.Picked, most-1), tie: r.InFlight,
			Terms: [4]Term{{TermPicked, UnitTurns, r.Picked}, {TermInFlight, UnitAttempts, r.InFlight}}}
	}
}
