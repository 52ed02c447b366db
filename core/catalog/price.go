package catalog

import (
	"math"
	"math/bits"

	"strowger/core/llm"
)

// MicroDollars is money: a millionth of a US dollar.
type MicroDollars = int64

// Price are the unit prices of an endpoint. Token prices are micro-dollars per million
// tokens ($2.50 per million is 2_500_000); Request and Image are micro-dollars each.
// A price that is not Known is unknown, which is not the same as zero.
type Price struct {
	Known          bool
	Input          MicroDollars
	CacheRead      MicroDollars
	CacheWrite     MicroDollars // with a life of five minutes, or whatever is usual there
	CacheWriteHour MicroDollars // with a life of an hour
	Output         MicroDollars
	Reasoning      MicroDollars
	Request        MicroDollars
	Image          MicroDollars
	// Tiers are the prices of longer requests, by Above. They are shared by the copies of a
	// price and never changed.
	Tiers []Tier
}

// Cost is what u costs at p, exactly, rounded half up to a micro-dollar. It is meaningless
// unless p is Known. The buckets of u are disjoint, so nothing is charged twice. A count
// below zero is none, and what does not fit is the largest amount.
func (p Price) Cost(u llm.Usage) MicroDollars {
	sum := p.sum(u)
	return sum.over(million)
}

// Most is Cost rounded up: never less than what it will be.
func (p Price) Most(u llm.Usage) MicroDollars {
	sum := p.sum(u)
	sum.add(1, million-1)
	return sum.under(million)
}

// million is what token prices are per.
const million = 1_000_000

// sum is what u costs at p, in millionths of a micro-dollar.
func (p *Price) sum(u llm.Usage) (sum wide) {
	p = p.For(inputOf(&u))
	sum.add(u.Input, p.Input)
	sum.add(u.CacheRead, p.CacheRead)
	sum.add(u.CacheWrite, p.CacheWrite)
	sum.add(u.CacheWriteHour, p.CacheWriteHour)
	sum.add(u.Output, p.Output)
	sum.add(u.Reasoning, p.Reasoning)
	sum.add(million, p.Request)
	sum.add(min(u.Images, math.MaxInt64/million)*million, p.Image)
	return sum
}

// wide is a number of 128 bits: a sum of products.
type wide struct{ hi, lo uint64 }

// add adds a·b; factors below zero count as zero.
func (w *wide) add(a, b int64) {
	hi, lo := bits.Mul64(uint64(max(a, 0)), uint64(max(b, 0)))
	var carry uint64
	w.lo, carry = bits.Add64(w.lo, lo, 0)
	w.hi = min(w.hi+hi+carry, math.MaxInt64) // hi is below 2^62
}

// over is w/n rounded half up, or the largest number if that does not fit.
func (w *wide) over(n uint64) int64 {
	w.add(1, int64(n/2))
	return w.under(n)
}

// under is w/n rounded down, or the largest number if that does not fit.
func (w *wide) under(n uint64) int64 {
	if w.hi >= n {
		return math.MaxInt64
	}
	q, _ := bits.Div64(w.hi, w.lo, n)
	return int64(min(q, math.MaxInt64))
}
