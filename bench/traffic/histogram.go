package traffic

import (
	"math/bits"
	"sync"
	"time"
)

// A histogram has 128 buckets to each doubling, so a time read from it is less than one
// percent off, from a nanosecond to a quarter of an hour. That is how HdrHistogram counts;
// those of strowger itself are four to a doubling, too coarse to compare with.
const (
	fineBits = 7
	octaves  = 33
	buckets  = (octaves + 2) << fineBits
)

// Histogram counts times. The zero value is empty; it is safe for concurrent use.
type Histogram struct {
	mu    sync.Mutex // guards the rest
	count [buckets]int64
	total int64
}

func bucketOf(v int64) int {
	v = max(v, 0)
	octave := max(bits.Len64(uint64(v))-fineBits-1, 0)
	return min(octave<<fineBits+int(v>>octave), buckets-1)
}

// middle is the time in the middle of a bucket.
func middle(bucket int) time.Duration {
	octave := max(bucket>>fineBits-1, 0)
	low := int64(bucket-octave<<fineBits) << octave
	return time.Duration(low + (1<<octave)/2)
}

func (h *Histogram) Add(d time.Duration) {
	h.mu.Lock()
	h.count[bucketOf(int64(d))]++
	h.total++
	h.mu.Unlock()
}

func (h *Histogram) Len() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.total
}

// Percentile is the time that a share of all, in percent, does not exceed; 0 of none.
func (h *Histogram) Percentile(share float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	need := max(int64(share*float64(h.total)/100+0.999999), 1)
	var seen int64
	for i, n := range h.count {
		if seen += n; n > 0 && seen >= need {
			return middle(i)
		}
	}
	return 0
}
