package plan

import (
	"math"
	"math/bits"

	"strowger/core/catalog"
	"strowger/core/llm"
)

// budget finds out whether money limits this request, and the lowest limit on a request.
func (m *maker) budget() {
	limits := m.in.Policy.Limits
	m.limited = m.in.Funds != nil || len(limits) > 0
	for i := range limits {
		if l := &limits[i]; l.Per == catalog.PerRequest && (m.lowest == nil || l.Most < m.lowest.Most) {
			m.lowest = l
		}
	}
}

// unaffordable excludes an endpoint that would break a limit on money. What it
// is expected to cost must be within the limits on a request; the most that it can cost,
// within what is left of those on days and months.
func (m *maker) unaffordable(c *Candidate) bool {
	p := &c.Endpoint.Price
	if !p.Known {
		return c.exclude(Reason{Code: ExcludedUnpriced})
	}
	if l := m.lowest; l != nil {
		if cost := m.expectedCost(p); cost > l.Most {
			return c.exclude(Reason{Code: ExcludedCost, Name: l.String(), N: cost, Of: l.Most})
		}
	}
	if f := m.in.Funds; f != nil {
		if most, left := m.mostCost(p), max(f.Left, 0); most > left {
			return c.exclude(Reason{Code: ExcludedFunds, Name: f.Limit.String(), N: most, Of: left})
		}
	}
	return false
}

// expectedCost is what this request is expected to cost, rounded up: its estimated input
// and images, and the output that it allows, or that is expected if it sets no limit.
func (m *maker) expectedCost(p *catalog.Price) catalog.MicroDollars {
	in := m.d.Request.InputTokens
	at := p.For(in)
	return m.charge(in, at.Input, at)
}

// mostCost is the most that this request can cost, rounded up: as much input as it can be, of
// the dearest kind, in the dearest tier that so much can reach. Where the caller sets no limit to the output the expected output
// stands in; it is an estimate then, and no bound.
func (m *maker) mostCost(p *catalog.Price) catalog.MicroDollars {
	bound := m.d.Request.InputBound
	var most catalog.MicroDollars
	at := p
	for i := range p.Tiers {
		t := &p.Tiers[i]
		if bound <= t.Above {
			break
		}
		most = max(most, m.mostAt(t.Above, at))
		at = &t.Price
	}
	return max(most, m.mostAt(bound, at))
}

// mostAt is the most that this request can cost with so many tokens of input, at one tier
// of a price.
func (m *maker) mostAt(in int64, at *catalog.Price) catalog.MicroDollars {
	return m.charge(in, max(at.Input, at.CacheRead, at.CacheWrite, at.CacheWriteHour), at)
}

// outputTokens are the most that the answers may have together.
func (m *maker) outputTokens() int64 {
	r := &m.d.Request
	if r.Operation == llm.OperationEmbeddings {
		return 0
	}
	if r.MaxOutput > 0 {
		return product(r.MaxOutput, r.Choices)
	}
	return product(r.OutputTokens, r.Choices)
}

// product is a·b, or the largest number if that does not fit; factors below zero count as
// zero.
func product(a, b int64) int64 {
	hi, lo := bits.Mul64(uint64(max(a, 0)), uint64(max(b, 0)))
	if hi > 0 || lo > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(lo)
}

// charge is what a request costs at p, whatever its tiers, with so many tokens of input at a
// price of their own, rounded up to a micro-dollar.
func (m *maker) charge(in int64, inPrice catalog.MicroDollars, p *catalog.Price) catalog.MicroDollars {
	if m.d.Request.Operation == llm.OperationCountTokens { // which is free everywhere
		return 0
	}
	dearest := *p
	dearest.Input, dearest.Output, dearest.Tiers = inPrice, max(p.Output, p.Reasoning), nil
	return dearest.Most(llm.Usage{Input: in, Output: m.outputTokens(), Images: m.d.Request.Images})
}

// OverLimit reports whether the plan is empty because of money: an endpoint that could
// serve the request would break a limit. One without a price does not count; no amount
// of money would help it.
func (d *Decision) OverLimit() bool {
	return len(d.Plan) == 0 && d.count(func(c *Candidate) bool { return c.Excluded.Code.ofMoney() }) > 0
}

// Filtered reports whether the plan is empty because of the request alone: what it
// forbids, demands or needs excludes every endpoint. It is false if any fell out by
// something else, such as being switched off, for then another day may be better.
func (d *Decision) Filtered() bool {
	return len(d.Plan) == 0 && len(d.Candidates) > 0 &&
		d.count(func(c *Candidate) bool { return c.Excluded.Code.ofRequest() }) == len(d.Candidates)
}
