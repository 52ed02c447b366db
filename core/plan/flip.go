package plan

import (
	"strowger/core/stats"
)

// Flip is one thing that stands between a candidate and the first place, and how far it would
// have to change: its price, its time, the limit it breaks. Nothing else is changed with it.
type Flip struct {
	Candidate int // index into Decision.Candidates
	// Quantity is what would change: a term's name (input, output, request, image, uptime,
	// first_token, whole_answer, tokens_per_ks, picked, in_flight, position), or the code of the
	// reason that excludes the candidate or puts it last or behind. Empty: no single thing would
	// put it first.
	Quantity string
	Name     string // of what, where the quantity does not say it: a parameter, a percentile, a limit
	Unit     Unit
	From, To int64 // what it is and would have to be: just enough; -1: not known. Both 0: no figure
	// Margin is by how much the candidate's score is above that of the first, in the score's unit;
	// 0 where they are not compared by it.
	Margin     int64
	MarginUnit Unit
	// First: with nothing but this changed the candidate is the first. Else it is what stands in
	// its way foremost, and something else may come next.
	First bool
}

// Flips says of every candidate but the first what would have put it first: several things where
// each alone would do, in a fixed order, or what stands in its way foremost. What chance does
// stays out of it: a candidate that was put first to be explored counts as where it was before,
// and of a draw there is no flip. In auto mode candidates are held against the others of their
// model; what would have tipped the choice of the model stands with the best candidate of the
// second.
func (d *Decision) Flips() []Flip {
	if len(d.Candidates) == 0 {
		return nil
	}
	t := newTipper(d)
	for i := range d.Candidates {
		if i != t.first {
			t.candidate(i)
		}
	}
	return t.flips
}

// tipper finds the flips of one decision, by deciding on copies of its candidates.
type tipper struct {
	maker
	of    *Decision
	first int   // the candidate that stands first but for chance; -1: none
	group []int // of the candidate at hand: those it is compared with by score, in their order
	flips []Flip
}

func newTipper(d *Decision) *tipper {
	again := *d
	again.Candidates = append([]Candidate(nil), d.Candidates...)
	t := &tipper{of: d}
	t.maker = maker{in: &Input{Policy: d.Policy, Now: d.At, Seed: d.Seed}, d: &again}
	t.first = t.best()
	return t
}

// ranked reports whether the candidate takes part in the ranking: what is excluded because of its
// place in it does.
func ranked(c *Candidate) bool {
	switch c.Excluded.Code {
	case ReasonNone, ExcludedNoFallback, ExcludedAttempts, ExcludedRepeated:
		return true
	}
	return false
}

func (t *tipper) candidate(i int) {
	c, before := &t.d.Candidates[i], len(t.flips)
	if !ranked(c) {
		t.excluded(i, &c.Excluded)
		return
	}
	t.gather(i)
	switch {
	case t.d.Auto != nil && c.Group > 0 && c.Group < t.d.Policy.Primaries():
		t.model(i)
	case c.Excluded.Code == ExcludedRepeated:
		t.add(Flip{Candidate: i, Quantity: c.Excluded.Code.String()})
	case c.resting():
		t.rested(i)
	case !t.together(i, t.first):
		t.add(Flip{Candidate: i, Quantity: "model", Name: t.d.Candidates[t.first].Endpoint.Model})
	default:
		t.ordered(i)
		t.missing(i)
		if t.alone(i) {
			t.scored(i)
		}
	}
	if len(t.flips) == before {
		t.add(Flip{Candidate: i})
	}
}

// alone reports whether the endpoint is a candidate once: as one of several models it would
// change with itself.
func (t *tipper) alone(i int) bool {
	for j := range t.d.Candidates {
		if j != i && t.d.Candidates[j].Endpoint.ID == t.d.Candidates[i].Endpoint.ID {
			return false
		}
	}
	return true
}

// add adds a flip, with the margin.
func (t *tipper) add(f Flip) {
	if t.first >= 0 {
		c, first := &t.of.Candidates[f.Candidate].Score, &t.of.Candidates[t.first].Score
		if c.Known && first.Known && c.Unit == first.Unit && ranked(&t.of.Candidates[f.Candidate]) && t.together(f.Candidate, t.first) {
			f.Margin, f.MarginUnit = c.Value-first.Value, c.Unit
		}
	}
	t.flips = append(t.flips, f)
}

// gather finds those that the candidate is compared with by score.
func (t *tipper) gather(i int) {
	t.group = t.group[:0]
	for j := range t.d.Candidates {
		if ranked(&t.d.Candidates[j]) && t.together(i, j) {
			t.group = append(t.group, j)
		}
	}
}

// excluded says what excludes a candidate.
func (t *tipper) excluded(i int, why *Reason) {
	f := Flip{Candidate: i, Quantity: why.Code.String(), Name: why.Name}
	switch why.Code {
	case ExcludedPrice:
		f.Unit, f.From, f.To = UnitMicroUSD, why.N, why.Of
	case ExcludedCost, ExcludedFunds: // more would have to be allowed, or left
		f.Unit, f.From, f.To = UnitMicroUSD, why.Of, why.N
	case ExcludedContext:
		f.Unit, f.From, f.To = UnitTokens, why.Of, why.N
	case ExcludedMaxOutput:
		f.Unit, f.From, f.To = UnitTokens, why.Of, why.N
	}
	t.add(f)
}

// rested says until when a candidate rests.
func (t *tipper) rested(i int) {
	c := &t.d.Candidates[i]
	f := Flip{Candidate: i, Quantity: c.Resting.Code.String(), Unit: UnitMicros}
	switch end := t.end(&c.Reading); {
	case c.Resting.Code == RestingProbe:
		f.Unit, f.From = UnitAttempts, c.Resting.N
	default:
		f.From = int64(end) - t.d.At.UnixMicro()
	}
	rests := c.Resting
	c.Resting = nil
	f.First = t.alone(i) && t.leads(i)
	c.Resting = rests
	t.rescore()
	t.add(f)
}

// end is when the rest ends.
func (t *tipper) end(r *stats.Reading) stats.Moment {
	if !r.Limited.IsZero() {
		return r.Limited
	}
	return r.Until
}

// ordered says that provider.order puts another first.
func (t *tipper) ordered(i int) {
	order := t.d.Policy.Order
	if t.first < 0 || len(order) == 0 || !t.together(i, t.first) {
		return
	}
	own, first := ordered(order, t.d.Candidates[i].Endpoint.Provider), ordered(order, t.d.Candidates[t.first].Endpoint.Provider)
	if own > first {
		t.add(Flip{Candidate: i, Quantity: "order", Name: t.d.Candidates[i].Endpoint.Provider, Unit: UnitPosition, From: int64(own), To: int64(first)})
	}
}

// missing says which preference a candidate misses.
func (t *tipper) missing(i int) {
	c := &t.d.Candidates[i]
	if !c.missed() {
		return
	}
	f := Flip{Candidate: i, Quantity: c.Missed.Code.String(), Name: c.Missed.Name, Unit: UnitMicros, From: c.Missed.N, To: c.Missed.Of}
	if c.Missed.Code == MissedThroughput {
		f.Unit = UnitSpeed
	}
	t.add(f)
}
