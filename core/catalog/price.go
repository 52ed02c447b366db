package catalog

import "strowger/core/llm"

// MicroDollars is money: a millionth of a US dollar.
type MicroDollars = int64

// Price are the unit prices of an endpoint. Token prices are micro-dollars per million
// tokens ($2.50 per million is 2_500_000); Request and Image are micro-dollars each.
// A price that is not Known is unknown, which is not the same as zero.
type Price struct {
	Known      bool
	Input      MicroDollars
	CacheRead  MicroDollars
	CacheWrite MicroDollars
	Output     MicroDollars
	Reasoning  MicroDollars
	Request    MicroDollars
	Image      MicroDollars
}

// Cost is what u costs at p, rounded half up to a micro-dollar. It is meaningless
// unless p is Known. The buckets of u are disjoint, so nothing is charged twice.
func (p Price) Cost(u llm.Usage) MicroDollars {
	const million = 1_000_000
	sum := u.Input*p.Input + u.CacheRead*p.CacheRead + u.CacheWrite*p.CacheWrite +
		u.Output*p.Output + u.Reasoning*p.Reasoning
	return (sum+million/2)/million + p.Request
}

// least is the smallest of all prices, to find negative ones.
func (p Price) least() MicroDollars {
	return min(p.Input, p.CacheRead, p.CacheWrite, p.Output, p.Reasoning, p.Request, p.Image)
}
