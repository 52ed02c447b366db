package pool

import (
	"math/bits"
	"slices"
)

// one is certainty, in the unit of quality and utility: millionths.
const one = 1_000_000

// tails are 1/(1+exp(x)) in hundred-thousandths for x = 0, 1/8, 2/8, … 9. Between them the
// error of a straight line is below 0.2 permille.
var tails = [...]uint16{
	50000, 46879, 43782, 40733, 37754, 34865, 32082, 29421, 26894, 24509, 22270, 20181, 18243, 16452, 14805, 13296, 11920, 10669,
	9535, 8510, 7586, 6755, 6009, 5340, 4743, 4209, 3733, 3309, 2931, 2596, 2298, 2033, 1799, 1591, 1406, 1243,
	1099, 971, 858, 758, 669, 591, 522, 461, 407, 359, 317, 280, 247, 218, 193, 170, 150, 133,
	117, 103, 91, 80, 71, 63, 55, 49, 43, 38, 34, 30, 26, 23, 20, 18, 16, 14,
	12,
}

// logistic is 1/(1+exp(-x)) in millionths, x in thousandths; beyond 9 it stays as it is there.
func logistic(x int64) int64 {
	const step = 125
	n := min(max(x, -x), step*int64(len(tails)-1))
	at, rest := n/step, n%step
	tail := int64(tails[at]) * 10
	if rest > 0 {
		tail -= (tail - int64(tails[at+1])*10) * rest / step
	}
	if x < 0 {
		return tail
	}
	return one - tail
}

// logit is the x of logistic, for q in millionths.
func logit(q int64) int64 {
	x := int64(0)
	for step := int64(8192); step > 0; step /= 2 {
		if logistic(x) < q {
			x += step
		} else {
			x -= step
		}
	}
	return x
}

// log2 is the logarithm of v to the base 2 in 1/1024, rounded down; 0 of anything below 1.
//
//go:noinline
func log2(v int64) int64 {
	if v < 1 {
		return 0
	}
	n := bits.Len64(uint64(v)) - 1
	m := uint64(v) << (63 - n) >> 32 // 1 to 2, in 1/2^31
	log := int64(n)
	for range 10 {
		log *= 2
		if m = m * m >> 31; m>>32 > 0 {
			m, log = m/2, log+1
		}
	}
	return log
}

// Median is the middle of values, the lower one of two; 0 for none. It sorts them.
func Median(values []int64) int64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
