package stats

import "math/bits"

// Weights are counted in units of a 1024th of a sample, so that decay stays exact
// enough in integers.
const unit = 1024

// A histogram has four buckets to each doubling, from 256 µs to about nine minutes;
// what lies outside counts in the first or the last.
const (
	firstOctave = 8 // 2^8 µs
	octaves     = 21
	buckets     = octaves * 4
)

// histogram counts durations in microseconds with decaying weight.
type histogram struct {
	weight [buckets]uint32
	total  uint64
	sum    uint64 // µs × weight
}

func bucketOf(us int64) int {
	if us < 1<<firstOctave {
		return 0
	}
	octave := bits.Len64(uint64(us)) - 1
	i := (octave-firstOctave)*4 + int(uint64(us)>>(octave-2)&3)
	return min(i, buckets-1)
}

// bounds are the durations in µs that bucket i holds: from low up to high.
func bounds(i int) (low, high int64) {
	octave, quarter := i/4+firstOctave, int64(i%4)
	step := int64(1) << (octave - 2)
	low = int64(1)<<octave + quarter*step
	if i == 0 {
		return 0, low + step
	}
	return low, low + step
}

func (h *histogram) add(us int64) {
	us = max(us, 1)
	h.weight[bucketOf(us)] += unit
	h.total += unit
	h.sum += uint64(us) * unit
}

// mean is the weighted mean in µs; 0 when nothing is left.
func (h *histogram) mean() int64 {
	if h.total == 0 {
		return 0
	}
	return int64(h.sum / h.total)
}

// percentiles are p50, p90 and p99 in µs, interpolated inside a bucket.
func (h *histogram) percentiles() (p50, p90, p99 int64) {
	if h.total == 0 {
		return
	}
	var seen uint64
	at := [3]uint64{h.total * 50 / 100, h.total * 90 / 100, h.total * 99 / 100}
	var out [3]int64
	next := 0
	for i := range h.weight {
		w := uint64(h.weight[i])
		if w == 0 {
			continue
		}
		for next < 3 && seen+w > at[next] {
			low, high := bounds(i)
			out[next] = low + int64(uint64(high-low)*(at[next]-seen)/w)
			next++
		}
		seen += w
	}
	for ; next < 3; next++ { // only by rounding: the last value seen
		out[next] = h.mean()
	}
	return out[0], out[1], out[2]
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
