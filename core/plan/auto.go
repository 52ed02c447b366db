package plan

import (
	"strconv"
	"time"

	"strowger/core/auto/pool"
	"strowger/core/catalog"
)

// chooseModel has one model chosen of the pool, by the first candidate of each in the plan, and
// counts the groups anew: the chosen one is 0, the others follow as they were ranked, those
// that cannot serve behind them, then the fallback models as before.
func (m *maker) chooseModel() {
	a := m.in.Policy.Auto
	c := &pool.Choice{Preference: a.Preference, Last: m.in.Last, Learned: m.in.Learned, Thrift: m.thrift(), Options: make([]pool.Option, len(a.Pool))}
	if c.Task = (pool.Task{Unread: true}); m.in.Task != nil {
		c.Task = *m.in.Task
	}
	if c.Task.Unread {
		c.Task.Difficulty = 500
	}
	m.d.Auto = c
	for i, id := range a.Pool {
		c.Options[i] = pool.Option{Model: id, Success: 1000}
		if model := m.in.Catalog.Model(id); model != nil {
			c.Options[i].Ability = model.Ability
		}
	}
	m.load(c.Options)
	var heads []int
	for _, i := range m.d.Plan {
		if g := m.d.Candidates[i].Group; g < len(a.Pool) && !c.Options[g].Eligible {
			c.Options[g].Eligible = true
			heads = append(heads, i)
		}
	}
	prior := m.prior(heads, latencyOf)
	for _, i := range heads {
		m.option(&c.Options[m.d.Candidates[i].Group], &m.d.Candidates[i], prior)
	}
	c.Choose()
	place := make([]int, len(a.Pool))
	next := len(c.Ranked)
	for i := range c.Options {
		if place[i] = c.Options[i].Rank - 1; place[i] < 0 {
			place[i] = next
			next++
		}
	}
	for i := range m.d.Candidates {
		if g := &m.d.Candidates[i].Group; *g < len(place) {
			*g = place[*g]
		}
	}
	if m.d.Policy.Model = ""; len(c.Ranked) > 0 {
		m.d.Policy.Model = c.Options[c.Ranked[0]].Model
	}
}

// load fills in what concerns all endpoints of a model: what is in flight, and the lowest
// price of output, which says something of a model without ratings.
func (m *maker) load(options []pool.Option) {
	for i := range m.d.Candidates {
		c := &m.d.Candidates[i]
		if c.Group >= len(options) {
			continue
		}
		o := &options[c.Group]
		o.InFlight += c.Reading.InFlight
		if p := &c.Endpoint.Price; p.Known && (o.Output == 0 || p.Output < o.Output) {
			o.Output = p.Output
		}
	}
}

// trusted is how many successes are assumed of a model, in thousandths: one failure says little
// of a model that is much better than the others.
const trusted = 10_000

// option fills in what is known of a model's best candidate. Its time is the mean of its own
// and what its peers take, as where endpoints are ranked by latency; failures count by Success.
func (m *maker) option(o *pool.Option, c *Candidate, prior int64) {
	o.Resting = c.resting()
	cost := m.costScore(c.Endpoint)
	o.Priced, o.Cost, o.Kept = cost.Known, cost.Value, cost.Value
	if o.Priced {
		o.Kept -= m.warm(c.Endpoint)
	}
	s := m.speed(c)
	o.Timed, o.Time = s.Mean > 0 && s.Samples > 0, prior
	if o.Timed {
		o.Time = blend(s.Mean, min(s.Samples, mostSamples), prior)
	}
	n := min(c.Reading.Samples, mostSamples)
	o.Success = max((c.Reading.Uptime*n+1000*trusted)/(n+trusted), leastSuccess)
}

// warm is what the conversation's prompt saves at the endpoint, in billionths of a dollar: the
// tokens that its provider is likely to have in its cache cost as those do. What writing them
// elsewhere would cost beyond input is left out.
func (m *maker) warm(e *catalog.Endpoint) int64 {
	l := m.in.Last
	if l == nil || l.Model != e.Model || m.in.Now.Sub(l.At)/time.Microsecond > pool.WarmFor/time.Microsecond {
		return 0
	}
	in := m.d.Request.InputTokens
	p := e.Price.For(in)
	return nano(min(l.Warm, in), max(p.Input-p.CacheRead, 0))
}

// thrift is how much is left of the limit on money that has least left, permille.
func (m *maker) thrift() int64 {
	f := m.in.Funds
	if f == nil || f.Limit.Most <= 0 {
		return 1000
	}
	return min(product(f.Left, 1000)/f.Limit.Most, 1000)
}

// keeps reports whether the conversation's model stays even if it rests.
func (m *maker) keeps() bool { return m.d.Auto != nil && m.d.Auto.Reason == pool.ReasonLoop }

// chosen says why the model was chosen.
func (d *Decision) chosen() string {
	c := d.Auto
	if c.Reason == pool.ReasonNothing {
		return ""
	}
	o := &c.Options[c.Ranked[0]]
	why := o.Model + " is chosen by " + c.Preference.String() + ": "
	switch c.Reason {
	case pool.ReasonOnly:
		return why + "no other model of the pool is eligible; "
	case pool.ReasonLoop:
		return why + "it is waiting for the result of its tool call; "
	case pool.ReasonStays:
		return why + "it serves this conversation, and moving does not pay; "
	case pool.ReasonMoved:
		why += "moving the conversation from " + c.Last.Model + " pays; "
	case pool.ReasonGone:
		why += c.Last.Model + ", which served this conversation, is not available; "
	}
	q := "expected quality " + text(int64(o.Quality), UnitPermille)
	switch p := c.Acts(); {
	case p == pool.PreferenceQuality:
		q = "highest " + q
	case p == pool.PreferenceBalanced:
		q = "best balance: " + q + money(o) + took(o)
	case o.Behind:
		q = "none that is near enough to the best is available; " + q
	case p == pool.PreferenceCost:
		q += " is near enough to the best, and it is the cheapest such" + money(o)
	case o.Timed:
		q += " is near enough to the best, and it is the fastest such" + took(o)
	default:
		q += " is near enough to the best, and none such is known to be faster: its time is not measured"
	}
	if c.Acts() != c.Preference {
		q += ", as " + strconv.FormatInt(c.Thrift/10, 10) + "% are left of the limit on money"
	}
	return why + q + "; "
}

func money(o *pool.Option) string {
	if !o.Priced {
		return ""
	}
	return " for " + text(o.Kept, UnitNanoUSD)
}

func took(o *pool.Option) string {
	if !o.Timed {
		return ""
	}
	return " in " + text(o.Time, UnitMicros)
}
