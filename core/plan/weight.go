package plan

import (
	"math"
	"strconv"

	"strowger/core/catalog"
)

// weightScores draw the first by weight among those that nothing else puts behind, so that
// weights are shares of what is available. The rest follow by weight, heaviest first.
// Weights belong to the arms of a route: another endpoint has none and comes last.
func (m *maker) weightScores(group []int) {
	var most int64
	for _, i := range group {
		most = max(most, m.weight(i))
	}
	for _, i := range group {
		w := m.weight(i)
		m.d.Candidates[i].Score = Score{Known: true, Unit: UnitWeight, Value: 1 + most - w, Terms: [4]Term{{TermWeight, UnitNone, w}}}
	}
	var buf [16]int
	heads := m.heads(buf[:0], group)
	var total int64
	for _, i := range heads {
		total += m.weight(i)
	}
	if total == 0 {
		return // the configured order
	}
	for _, i := range heads {
		m.d.Candidates[i].Score.Terms[1] = Term{TermShare, UnitPermille, m.weight(i) * 1000 / total}
	}
	chosen, draws := m.choose(heads, uint64(total))
	s := &m.d.Candidates[chosen].Score
	s.Value, s.Terms[2] = 0, Term{TermOf, UnitNone, total}
	if draws > 0 {
		s.Terms[3] = Term{TermDraws, UnitNone, draws}
	}
}

// weight is that of candidate i: the arms are the first candidates.
func (m *maker) weight(i int) int64 {
	if i < len(m.in.Policy.Arms) {
		return int64(max(m.in.Policy.Arms[i].Weight, 0))
	}
	return 0
}

// heads appends those of the group that nothing but a score puts behind another.
func (m *maker) heads(dst, group []int) []int {
	best := uint64(math.MaxUint64)
	for _, i := range group {
		place := m.place(&m.d.Candidates[i])
		if place < best {
			best, dst = place, dst[:0]
		}
		if place == best {
			dst = append(dst, i)
		}
	}
	return dst
}

// choose is the one of heads, of total weight, that goes first. Where the choice sticks, it is
// the first of the caller's own order that is among heads: while a caller's arm is available
// nothing that happens to the others moves the caller. draws is how many arms of that order
// were looked at; 0 for chance.
func (m *maker) choose(heads []int, total uint64) (chosen int, draws int64) {
	for n, i := range m.d.Drawn {
		for _, head := range heads {
			if i == head {
				return i, int64(n) + 1
			}
		}
	}
	return heads[m.at(heads, m.rng.below(total))], 0
}

// drawn is the caller's own order of the arms where the choice sticks: all that have a weight,
// drawn by weight one after the other, each among those that are left. nil: it does not.
func (m *maker) drawn() []int {
	p := &m.in.Policy
	switch {
	case p.Strategy != catalog.StrategyWeighted || p.Stick == 0:
		return nil
	case m.in.Drawn != nil:
		return m.in.Drawn
	}
	order, total := make([]int, 0, len(p.Arms)), uint64(0)
	for i := range p.Arms {
		if w := m.weight(i); w > 0 {
			order, total = append(order, i), total+uint64(w)
		}
	}
	rng := newRandom(p.Stick)
	for place := range order { // what is drawn moves in front of what is left
		left := order[place:]
		n := m.at(left, rng.below(total))
		i := left[n]
		copy(left[1:], left[:n])
		left[0], total = i, total-uint64(m.weight(i))
	}
	return order
}

// at is the place in list of the one on whose weight the point falls, when the weights lie
// one behind the other.
func (m *maker) at(list []int, point uint64) int {
	for n, i := range list {
		w := uint64(m.weight(i))
		if point < w {
			return n
		}
		point -= w
	}
	return len(list) - 1
}

// weightMerit says how a candidate came first.
func weightMerit(s Score, sticks bool) string {
	if s.Value > 0 {
		return "nothing that is available has a weight, and it is the first of them"
	}
	drawn := "drawn by weight " + strconv.FormatInt(s.Terms[0].Value, 10) + " of " + strconv.FormatInt(s.Terms[2].Value, 10)
	switch {
	case !sticks:
		return drawn
	case s.Terms[3].Value > 1:
		return "the arm of this user is not available; " + drawn + " anew, and the same user gets the same arm again"
	}
	return "the same user gets the same arm, " + drawn
}
