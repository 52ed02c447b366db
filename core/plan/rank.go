package plan

import (
	"cmp"
	"math"
	"slices"

	"strowger/core/catalog"
)

// rank scores what is eligible and puts it in order: healthy before resting, the
// primary model before the fallback models, what meets the preferences, what the caller
// ordered first, then by score; equal candidates stay in the configured order.
func (m *maker) rank() {
	eligible := slices.Grow(m.d.Plan[:0], len(m.d.Candidates))
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

// sort puts the plan in order. What is equal stays as it is, and often all does.
func (m *maker) sort() {
	var last standing
	for n, i := range m.d.Plan {
		s := m.standing(i)
		if n > 0 && s.compare(last) < 0 {
			m.reorder()
			return
		}
		last = s
	}
}

func (m *maker) reorder() {
	var buf [16]standing
	all := slices.Grow(buf[:0], len(m.d.Plan))
	for _, i := range m.d.Plan {
		all = append(all, m.standing(i))
	}
	slices.SortStableFunc(all, standing.compare)
	for n, s := range all {
		m.d.Plan[n] = s.at
	}
}

// standing is what a candidate is put in order by.
type standing struct {
	place uint64 // before any score, but for the last bit: whether the score is not known
	value int64
	tie   int32
	at    int // among the candidates
}

func (m *maker) standing(at int) standing {
	c := &m.d.Candidates[at]
	s := standing{m.place(c) << 1, c.Score.Value, c.Score.tie, at}
	if !c.Score.Known {
		s.place |= 1
	}
	return s
}

func (a standing) compare(b standing) int {
	switch {
	case a.place != b.place:
		return cmp.Compare(a.place, b.place)
	case a.value != b.value:
		return cmp.Compare(a.value, b.value)
	}
	return cmp.Compare(a.tie, b.tie)
}

// together reports whether two candidates are compared by their scores: those of one
// model, or all of them where the caller wants it so.
func (m *maker) together(a, b int) bool {
	return m.in.Policy.Mixed || m.d.Candidates[a].Group == m.d.Candidates[b].Group
}

func (m *maker) compare(a, b int) int {
	return m.standing(a).compare(m.standing(b))
}

// place is where a candidate stands before any score counts; lower goes first. It is, from
// the left, in one number: whether its model must stay, whether it rests, its group, its place
// in the caller's order and whether it misses a preference.
func (m *maker) place(c *Candidate) (place uint64) {
	p := &m.in.Policy
	if m.keeps() && c.Group != 0 {
		place = 1
	}
	place <<= 1
	if c.resting() {
		place |= 1
	}
	place <<= 24
	if !p.Mixed {
		place |= uint64(c.Group)
	}
	place <<= 32
	if len(p.Order) > 0 {
		place |= uint64(ordered(p.Order, c.Endpoint.Provider))
	}
	place <<= 1
	if c.missed() {
		place |= 1
	}
	return place
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
		m.d.Candidates[i].Score = Score{Known: true, Unit: UnitTurns, Value: max(r.Picked, most-1), tie: int32(min(r.InFlight, math.MaxInt32)),
			Terms: [4]Term{{TermPicked, UnitTurns, r.Picked}, {TermInFlight, UnitAttempts, r.InFlight}}}
	}
}
