package plan

import "math/bits"

// random is SplitMix64 (Steele, Lea, Flood 2014): the seed decides every draw, so a
// decision can be made again.
type random struct{ state uint64 }

func newRandom(seed uint64) random { return random{seed} }

func (r *random) next() uint64 {
	r.state += 0x9e3779b97f4a7c15
	z := r.state
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below is a number from 0 to n-1, each as likely as the other to within n/2^64.
func (r *random) below(n uint64) uint64 {
	hi, _ := bits.Mul64(r.next(), n)
	return hi
}
