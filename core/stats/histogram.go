package stats

import "math/bits"

// Weights are counted in units of a 1024th of a sample, so that decay stays exact
// enough in integers.
const unit = 1024

// A histogram has four buckets to each doubling, from 256 to about 500 million; what lies
// outside counts in the first or the last. In microseconds that is up to nine minutes, in
// tokens per thousand seconds it is from a quarter of a token to half a million a second.
const (
	firstOctave = 8 // 2^8
	octaves     = 21
	buckets     = octaves * 4
	mostValue   = 3_600_000_000 // an hour in µs; what is above counts as that
)

// histogram counts values with decaying weight.
type histogram struct {
	weight [buckets]uint32
	total  uint64
	sum    uint64 // value × weight
}

// Buckets is how many buckets a histogram has.
const Buckets = buckets

// Bucket is the bucket of a value, for those who count in the same buckets.
func Bucket(value int64) int { return bucketOf(value) }

// Bounds are the values that a bucket holds: from low up to high.
func Bounds(bucket int) (low, high int64) { return bounds(bucket) }

func bucketOf(value int64) int {
	if value < 1<<firstOctave {
		return 0
	}
	octave := bits.Len64(uint64(value)) - 1
	i := (octave-firstOctave)*4 + int(uint64(value)>>(octave-2)&3)
	return min(i, buckets-1)
}

// bounds are the values that bucket i holds: from low up to high.
func bounds(i int) (low, high int64) {
	octave, quarter := i/4+firstOctave, int64(i%4)
	step := int64(1) << (octave - 2)
	low = int64(1)<<octave + quarter*step
	if i == 0 {
		return 0, low + step
	}
	return low, low + step
}

func (h *histogram) add(value int64) {
	value = min(max(value, 1), mostValue)
	h.weight[bucketOf(value)] += unit
	h.total += unit
	h.sum += uint64(value) * unit
}

// mean is the weighted mean; 0 when nothing is left.
func (h *histogram) mean() int64 {
	if h.total == 0 {
		return 0
	}
	return int64(h.sum / h.total)
}

// percentiles are the values that those shares (in hundredths, ascending) of the weight
// lie below, interpolated inside a bucket.
func (h *histogram) percentiles(shares [4]uint64) (out [4]uint32) {
	if h.total == 0 {
		return
	}
	var seen uint64
	next, at := 0, h.total*shares[0]/100
	for i := range h.weight {
		w := uint64(h.weight[i])
		if w == 0 {
			continue
		}
		for seen+w > at {
			low, high := bounds(i)
			out[next] = uint32(low + int64(uint64(high-low)*(at-seen)/w))
			if next++; next == len(out) {
				return out
			}
			at = h.total * shares[next] / 100
		}
		seen += w
	}
	for ; next < len(out); next++ { // only by rounding: the last value seen
		out[next] = uint32(h.mean())
	}
	return out
}

// decay keeps factor/65536 of every weight.
func (h *histogram) decay(factor uint64) {
	h.total = 0
	before := uint64(0)
	for i := range h.weight {
		before += uint64(h.weight[i])
		h.weight[i] = uint32(uint64(h.weight[i]) * factor >> 16)
		h.total += uint64(h.weight[i])
	}
	if before > 0 {
		hi, lo := bits.Mul64(h.sum, h.total)
		h.sum, _ = bits.Div64(hi, lo, before) // total ≤ before, so it fits
	}
}
