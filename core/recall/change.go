package recall

import (
	"maps"
	"slices"

	"strowger/core/catalog"
	"strowger/core/llm"
	"strowger/core/plan"
	"strowger/core/stats"
)

// Change is what is different from what was recorded. The zero value is nothing.
type Change struct {
	// Strategy ranks instead of the policy's own; none: as it is.
	Strategy  catalog.Strategy
	Endpoints []Override
	// Settings come after Endpoints; plan.Flip names what can be set.
	Settings []Setting
}

// Override is another state of an endpoint; a zero field leaves as it was what it is about.
type Override struct {
	Endpoint string // id
	Latency  int64  // permille of the times that were measured; 2000 is twice as slow, in output too
	Success  int64  // the share of successes instead of the measured one, permille, 1..1000
	Price    int64  // permille of every price
	Circuit  Circuit
}

// Circuit says whether an endpoint rests.
type Circuit uint8

// What can be said of a circuit.
const (
	CircuitAsIs   Circuit = iota
	CircuitClosed         // and no limit is on it
	CircuitOpen           // for the longest rest
)

// Setting is one figure of an endpoint that is something else: a Quantity of plan.Flip, in its
// unit. A price is that of the tier of the request.
type Setting struct {
	Endpoint string
	Quantity string
	Value    int64
}

// Of is the setting that a flip is about.
func Of(d *plan.Decision, f plan.Flip) Setting {
	return Setting{d.Candidates[f.Candidate].Endpoint.ID, f.Quantity, f.To}
}

// longestRest is that of a circuit which is said to be open.
const longestRest = 20_000_000 // µs

// Under makes the decision under a catalog, the same or another, and with the change. With
// another catalog the request keeps what it asked for, and all that the configuration says is the
// new one's: see the notes in docs/reference/choosing.md. The error is that the request would be
// refused.
func (r *Record) Under(cat *catalog.Catalog, c Change) (plan.Plan, plan.Decision, *llm.Error) {
	in := plan.Input{}
	if cat.Rev() == r.Rev {
		in = r.Input(cat)
	} else {
		var err *llm.Error
		if in, err = r.asked(cat); err != nil {
			return plan.Plan{}, plan.Decision{}, err
		}
	}
	c.apply(&in)
	p, d := plan.Make(in)
	return p, d, nil
}

// apply changes what the decision is made from. Nothing that is shared is changed in place.
func (c *Change) apply(in *plan.Input) {
	if c.Strategy != catalog.StrategyNone {
		in.Policy.Strategy = c.Strategy
	}
	if len(c.Endpoints) == 0 && len(c.Settings) == 0 {
		return
	}
	readings, _ := in.Stats.(stats.Frozen)
	readings = maps.Clone(readings)
	in.Groups = slices.Clone(in.Groups)
	for g := range in.Groups {
		in.Groups[g] = slices.Clone(in.Groups[g])
	}
	at := func(id string, reading func(*stats.Reading), price func(*catalog.Price)) {
		s, ok := readings[id]
		if !ok {
			s = stats.Untried()
		}
		reading(&s)
		readings[id] = s
		for _, group := range in.Groups {
			for i := range group {
				if group[i].ID == id {
					group[i].Price.Tiers = slices.Clone(group[i].Price.Tiers)
					price(&group[i].Price)
				}
			}
		}
	}
	now := stats.MomentOf(in.Now)
	for i := range c.Endpoints {
		o := &c.Endpoints[i]
		at(o.Endpoint, func(s *stats.Reading) { o.read(s, now) }, o.charge)
	}
	for i := range c.Settings {
		set := &c.Settings[i]
		at(set.Endpoint, set.read, func(p *catalog.Price) { set.charge(p, in.Request.InputTokens) })
	}
	in.Stats = readings
}

// seen is how many samples a share of successes counts as that nobody has measured, thousandths.
const seen = 20_000

// read changes what is known of the endpoint.
func (o *Override) read(s *stats.Reading, now stats.Moment) {
	if o.Latency > 0 {
		for _, t := range [...]*stats.Speed{&s.Stream, &s.Whole} {
			slower(t, o.Latency)
		}
	}
	if o.Success > 0 {
		s.Uptime, s.Samples = min(o.Success, 1000), max(s.Samples, seen)
	}
	switch o.Circuit {
	case CircuitClosed:
		awake(s)
	case CircuitOpen:
		s.Circuit, s.Until, s.Failures = stats.Open, now+longestRest, max(s.Failures, 3)
	}
}

// awake ends every rest.
func awake(s *stats.Reading) {
	s.Circuit, s.Until, s.Limited, s.LimitedAccount, s.Probes, s.Failures = stats.Closed, 0, 0, false, 0, 0
}

// slower scales times, and the other way round speeds.
func slower(t *stats.Speed, permille int64) {
	if t.Samples == 0 {
		return
	}
	t.Mean = max(scaled(t.Mean, permille, 1000), 1)
	if t.Tokens > 0 {
		t.Tokens = max(scaled(t.Tokens, 1000, permille), 1)
	}
	for _, p := range [...]*uint32{&t.P50, &t.P75, &t.P90, &t.P99} {
		*p = uint32(min(scaled(int64(*p), permille, 1000), mostTime))
	}
	for _, p := range [...]*uint32{&t.T50, &t.T75, &t.T90, &t.T99} {
		*p = uint32(min(scaled(int64(*p), 1000, permille), mostTime))
	}
}

// scaled is v·by/of, without overflow for what is measured and charged.
func scaled(v, by, of int64) int64 {
	const most = 1 << 62
	if v <= 0 || by <= 0 {
		return 0
	}
	if v > most/by {
		return v / of * by
	}
	return v * by / of
}

// charge changes every price.
func (o *Override) charge(p *catalog.Price) {
	if o.Price <= 0 {
		return
	}
	scale := func(p *catalog.Price) {
		for _, at := range [...]*catalog.MicroDollars{&p.Input, &p.CacheRead, &p.CacheWrite, &p.CacheWriteHour, &p.Output, &p.Reasoning, &p.Request, &p.Image} {
			*at = scaled(*at, o.Price, 1000)
		}
	}
	scale(p)
	for i := range p.Tiers {
		scale(&p.Tiers[i].Price)
	}
}

// read sets one figure of what is known.
func (s *Setting) read(r *stats.Reading) {
	switch s.Quantity {
	case "first_token":
		r.Stream.Mean = s.Value
	case "whole_answer":
		r.Whole.Mean = s.Value
	case "tokens_per_ks":
		r.Stream.Tokens, r.Whole.Tokens = s.Value, s.Value
	case "uptime":
		r.Uptime = min(max(s.Value, 0), 1000)
	case "picked":
		r.Picked = s.Value
	case "in_flight":
		r.InFlight = s.Value
	case "circuit_open", "circuit_probing", "retry_after":
		if s.Value <= 0 {
			awake(r)
		}
	}
}

// charge sets one price, in the tier of so much input.
func (s *Setting) charge(p *catalog.Price, input int64) {
	at := p
	for i := range p.Tiers {
		if input > p.Tiers[i].Above {
			at = &p.Tiers[i].Price
		}
	}
	switch s.Quantity {
	case "input":
		at.Input = s.Value
	case "output":
		at.Output = s.Value
	case "request":
		at.Request = s.Value
	case "image":
		at.Image = s.Value
	}
}
