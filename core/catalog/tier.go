package catalog

import (
	"slices"

	"strowger/core/llm"
)

// Tier is the price of requests with more than Above tokens of input: fresh ones, those
// read from a cache and those written to one, together. It holds for the whole request,
// its output too, and not for the tokens beyond alone. So bill OpenAI
// (developers.openai.com/api/docs/pricing), Google (ai.google.dev/gemini-api/docs/pricing),
// Anthropic (docs.claude.com/en/docs/about-claude/pricing, under long context) and Alibaba
// (alibabacloud.com/help/en/model-studio/models).
type Tier struct {
	Above int64
	Price // Known, and without tiers of its own
}

// At is the price that holds for what u used: that of its tier, which has no tiers itself.
func (p Price) At(u llm.Usage) Price {
	at := *p.For(inputOf(&u))
	at.Known, at.Tiers = p.Known, nil
	return at
}

// For is the price that holds for a request with so many tokens of input: p or that of a tier of
// p. It is not to be changed, and says nothing unless p is Known.
func (p *Price) For(input int64) *Price {
	for i := len(p.Tiers) - 1; i >= 0; i-- {
		if t := &p.Tiers[i]; input > t.Above {
			return &t.Price
		}
	}
	return p
}

// inputOf is the number of input tokens in u by which tiers are told apart. A count below
// zero is none, and what does not fit is the largest number.
func inputOf(u *llm.Usage) int64 {
	var sum wide
	for _, n := range [...]int64{u.Input, u.CacheRead, u.CacheWrite, u.CacheWriteHour} {
		sum.add(n, 1)
	}
	return sum.under(1)
}

// Equal reports whether two prices are the same, tier by tier.
func (p Price) Equal(o Price) bool {
	a, b := priceFields(&p), priceFields(&o)
	for i := range a {
		if *a[i].at != *b[i].at {
			return false
		}
	}
	return p.Known == o.Known && slices.EqualFunc(p.Tiers, o.Tiers, func(a, b Tier) bool {
		return a.Above == b.Above && a.Price.Equal(b.Price)
	})
}

// Unstated is a price with nothing said of it: every unit price is below zero. What is
// said is set, and Derive does the rest.
func Unstated() Price {
	return Price{Known: true, Input: -1, CacheRead: -1, CacheWrite: -1, CacheWriteHour: -1, Output: -1, Reasoning: -1, Request: -1, Image: -1}
}

// Derive sets the unit prices that are below zero, because nobody stated them, to what is
// billed then.
//
//   - Cached input costs what input costs, and writing to a cache too; reasoning costs what
//     output costs; requests and images cost nothing.
//   - Writing for an hour costs twice the input where writing costs more than input, as
//     Anthropic has it (docs.claude.com/en/docs/build-with-claude/prompt-caching: 1.25 times
//     for five minutes, twice for an hour); else what writing costs.
//   - A tier goes on from the one before, or from the price itself: input, output, requests and
//     images stay what they were, and the others stand to input, or output, as they did.
func (p *Price) Derive() {
	p.derive(&Price{})
	base := p
	for i := range p.Tiers {
		p.Tiers[i].derive(base)
		base = &p.Tiers[i].Price
	}
}

// derive derives p, which goes on from base, or from nothing if that is the zero price.
func (p *Price) derive(base *Price) {
	or := func(at *MicroDollars, otherwise MicroDollars) {
		if *at < 0 {
			*at = otherwise
		}
	}
	or(&p.Input, base.Input)
	or(&p.Output, base.Output)
	or(&p.CacheRead, inProportion(base.CacheRead, p.Input, base.Input))
	or(&p.CacheWrite, inProportion(base.CacheWrite, p.Input, base.Input))
	hour := p.CacheWrite
	if hour > p.Input {
		hour = max(hour, product(2, p.Input))
	}
	if base.Input > 0 {
		hour = inProportion(base.CacheWriteHour, p.Input, base.Input)
	}
	or(&p.CacheWriteHour, hour)
	or(&p.Reasoning, inProportion(base.Reasoning, p.Output, base.Output))
	or(&p.Request, base.Request)
	or(&p.Image, base.Image)
}

// inProportion is price·to/of, rounded half up; to where there is nothing to compare with.
func inProportion(price, to, of MicroDollars) MicroDollars {
	if of <= 0 {
		return to
	}
	var w wide
	w.add(price, to)
	return w.over(uint64(of))
}

// product is a·b, or the largest number if that does not fit.
func product(a, b int64) int64 {
	var w wide
	w.add(a, b)
	return w.under(1)
}
