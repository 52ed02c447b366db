package plan

import (
	"strowger/core/auto/pool"
	"strowger/core/catalog"
	"strowger/core/llm"
)

// best is the candidate that stands first but for chance; -1: none.
func (t *tipper) best() int {
	if t.d.Policy.AllowFallbacks {
		return t.least(func(*Candidate) bool { return true })
	}
	only := t.least(func(c *Candidate) bool { return c.Group == 0 && t.d.named(c) })
	if only < 0 {
		only = t.least(func(c *Candidate) bool { return c.Group == 0 })
	}
	if only < 0 {
		return t.least(func(*Candidate) bool { return true })
	}
	return t.least(func(c *Candidate) bool {
		return c == &t.d.Candidates[only] || c.Group >= t.d.Policy.Primaries()
	})
}

// least is the first of those that take part and that is says yes to; -1: none.
func (t *tipper) least(is func(*Candidate) bool) int {
	best := -1
	for i := range t.d.Candidates {
		c := &t.d.Candidates[i]
		if ranked(c) && is(c) && (best < 0 || t.compare(i, best) < 0) {
			best = i
		}
	}
	return best
}

// rescore scores the group anew, unless chance has a part in it.
func (t *tipper) rescore() {
	switch t.d.Policy.Strategy {
	case catalog.StrategyCost, catalog.StrategyLatency, catalog.StrategyThroughput, catalog.StrategyBalanced:
		t.score(t.group)
	}
}

// leads reports whether the candidate, with what has been changed of it, is the first.
func (t *tipper) leads(i int) bool {
	t.rescore()
	return t.best() == i
}

// scored finds what of its score would put a candidate first.
func (t *tipper) scored(i int) {
	c := &t.d.Candidates[i]
	switch t.d.Policy.Strategy {
	case catalog.StrategyCost:
		t.priced(i)
	case catalog.StrategyLatency:
		s, name := t.speed(c), t.waited()
		if s.Mean > 0 && s.Samples > 0 {
			t.turn(Flip{Candidate: i, Quantity: name.String(), Unit: UnitMicros, From: s.Mean, First: true}, &s.Mean, 1)
		}
		t.successes(i)
	case catalog.StrategyThroughput:
		if s := t.speed(c); s.Tokens > 0 && s.Samples > 0 {
			const most = 1_000_000_000_000 // a token a nanosecond
			t.turn(Flip{Candidate: i, Quantity: "tokens_per_ks", Unit: UnitSpeed, From: s.Tokens, First: true}, &s.Tokens, most)
		}
		t.successes(i)
	case catalog.StrategyBalanced:
		r := &c.Reading
		t.turn(Flip{Candidate: i, Quantity: TermPicked.String(), Unit: UnitTurns, From: r.Picked, First: true}, &r.Picked, 0)
		t.turn(Flip{Candidate: i, Quantity: TermInFlight.String(), Unit: UnitAttempts, From: r.InFlight, First: true}, &r.InFlight, 0)
	case catalog.StrategyValue:
		t.thresholds(i)
	case catalog.StrategyPriority:
		if first := &t.d.Candidates[t.first]; t.place(c) == t.place(first) {
			t.add(Flip{Candidate: i, Quantity: UnitPosition.String(), Unit: UnitPosition, From: c.Score.Value, To: first.Score.Value, First: true})
		}
	}
}

// waited is what a caller of this request waits for.
func (t *tipper) waited() TermName {
	if t.d.Request.Stream {
		return TermFirstToken
	}
	return TermWholeAnswer
}

// turn adds the flip if turning what is at far enough towards end puts the candidate first. All
// that follows from it is found out anew: the median of the peers, which is its own too.
func (t *tipper) turn(f Flip, at *int64, end int64) {
	to, ok := pool.Nearest(f.From, end, func(v int64) bool { *at = v; return t.leads(f.Candidate) })
	*at = f.From
	t.rescore()
	if ok {
		f.To = to
		t.add(f)
	}
}

func (t *tipper) successes(i int) {
	if r := &t.d.Candidates[i].Reading; r.Samples > 0 && r.Uptime < 1000 {
		t.turn(Flip{Candidate: i, Quantity: TermUptime.String(), Unit: UnitPermille, From: r.Uptime, First: true}, &r.Uptime, 1000)
	}
}

// thresholds says what keeps a candidate out of the draw of value.
func (t *tipper) thresholds(i int) {
	c := &t.d.Candidates[i]
	if !c.Endpoint.Price.Known {
		t.add(Flip{Candidate: i, Quantity: TermCost.String(), Unit: UnitNanoUSD, From: unknownPrice, To: unknownPrice})
	}
	if r := &c.Reading; r.Samples >= enoughSamples && r.Uptime < valueUptime {
		t.add(Flip{Candidate: i, Quantity: TermUptime.String(), Unit: UnitPermille, From: r.Uptime, To: valueUptime})
	}
	s := t.speed(c)
	is, slow := s.Mean, func(v int64) bool {
		s.Mean = v
		return s.Samples >= enoughSamples && v > valueSlower*t.prior(t.group, latencyOf)
	}
	if !slow(is) {
		return
	}
	to, ok := pool.Nearest(is, 1, func(v int64) bool { return !slow(v) })
	if s.Mean = is; ok {
		t.add(Flip{Candidate: i, Quantity: t.waited().String(), Unit: UnitMicros, From: is, To: to})
	}
}

// priced finds the prices that would put a candidate first: what the first costs more than the
// other parts of its cost leaves room for one part.
func (t *tipper) priced(i int) {
	c, first := &t.d.Candidates[i], &t.d.Candidates[t.first]
	if t.place(c) != t.place(first) || !first.Score.Known {
		return
	}
	target := first.Score.Value
	if i > t.first { // the configured order decides what costs the same
		target--
	}
	if !c.Score.Known {
		if target >= 0 {
			t.add(Flip{Candidate: i, Quantity: TermCost.String(), Unit: UnitNanoUSD, From: unknownPrice, To: target, First: true})
		}
		return
	}
	const million = 1_000_000
	r, p := &t.d.Request, c.Endpoint.Price.At(llm.Usage{Input: t.d.Request.InputTokens})
	for n, part := range [...]struct {
		name   string
		tokens int64
		price  catalog.MicroDollars
	}{
		{TermInput.String(), r.InputTokens, p.Input}, {TermOutput.String(), r.OutputTokens, p.Output},
		{TermRequest.String(), million, p.Request}, {"image", product(r.Images, million), p.Image},
	} {
		room := target - (c.Score.Value - c.Score.Terms[n].Value)
		if part.tokens <= 0 || room < 0 {
			continue
		}
		if to := (1000*room + 999) / part.tokens; to < part.price {
			t.add(Flip{Candidate: i, Quantity: part.name, Unit: UnitMicroUSD, From: part.price, To: to, First: true})
		}
	}
}

// model says what would have put the candidate's model first of the pool.
func (t *tipper) model(i int) {
	a, c := t.d.Auto, &t.d.Candidates[i]
	if a.RunnerUp < 0 || a.Options[a.RunnerUp].Model != c.Endpoint.Model ||
		t.least(func(o *Candidate) bool { return o.Group == c.Group }) != i {
		return
	}
	tip := a.Flip()
	f := Flip{Candidate: i, Quantity: tip.Quantity, From: tip.From, To: tip.To, First: !c.resting()}
	switch tip.Quantity {
	case pool.FlipDifficulty:
		f.Unit = UnitPermille
	case pool.FlipCost:
		f.Unit = UnitNanoUSD
	case pool.FlipTime:
		f.Unit = UnitMicros
	case pool.FlipPreference:
		f.Name, f.From, f.To = pool.Preference(tip.To).String(), 0, 0
	case pool.FlipResting:
		f.First = true
	default:
		return
	}
	t.add(f)
}
