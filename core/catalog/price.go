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
	Known      bool
	Input      MicroDollars
	CacheRead  MicroDollars
	CacheWrite MicroDollars
	Output     MicroDollars
	Reasoning  MicroDollars
	Request    MicroDollars
	Image      MicroDollars
}

// Cost is what u costs at p, exactly, rounded half up to a micro-dollar. It is meaningless
// unless p is Known. The buckets of u are disjoint, so nothing is charged twice. A count
// below zero is none, and what does not fit is the largest amount.
func (p Price) Cost(u llm.Usage) MicroDollars {
	const million = 1_000_000
	var sum wide
	sum.add(u.Input, p.Input)
	sum.add(u.CacheRead, p.CacheRead)
	sum.add(u.CacheWrite, p.CacheWrite)
	sum.add(u.Output, p.Output)
	sum.add(u.Reasoning, p.Reasoning)
	sum.add(million, p.Request)
	sum.add(min(u.Images, math.MaxInt64/million)*million, p.Image)
	return sum.over(million)
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
	if w.hi >= n {
		return math.MaxInt64
	}
	q, r := bits.Div64(w.hi, w.lo, n)
	if r >= n-r {
		q++
	}
	return int64(min(q, math.MaxInt64))
}
