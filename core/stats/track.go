package stats

import (
	"math/bits"
	"time"
)

// track holds the speed of one kind of answer: streams and whole answers are never mixed.
type track struct {
	latency histogram // µs; streams: to the first token; whole answers: to the end
	rate    histogram // output tokens per thousand seconds
	tokens  uint64    // output tokens × weight
	micros  uint64    // time they took in µs × weight
	speed   Speed     // what these say, without Samples; none of it changes by decay
}

// The bounds keep every sum within 64 bits: weights reach about a million samples, each
// of at most an hour and a billion tokens.
const (
	mostWeight = 1 << 30
	mostTokens = 1_000_000_000
)

func (t *track) add(first, rest time.Duration, out int64) {
	if t.latency.total >= mostWeight {
		t.decay(all / 2)
	}
	t.latency.add(first.Microseconds())
	if out > 0 && rest > 0 {
		n, us := uint64(min(out, mostTokens)), uint64(min(max(rest.Microseconds(), 1), mostValue))
		t.tokens += n * unit
		t.micros += us * unit
		t.rate.add(int64(n * 1_000_000_000 / us))
	}
	took := t.latency.percentiles([4]uint64{50, 75, 90, 99})
	t.speed = Speed{Mean: t.latency.mean(), P50: took[0], P75: took[1], P90: took[2], P99: took[3]}
	if t.micros > 0 {
		wrote := t.rate.percentiles([4]uint64{1, 10, 25, 50}) // what 10 lie below, 90 reach
		t.speed.Tokens = int64(mulDiv(t.tokens, 1_000_000_000, t.micros))
		t.speed.T50, t.speed.T75, t.speed.T90, t.speed.T99 = wrote[3], wrote[2], wrote[1], wrote[0]
	}
}

// decay keeps factor/65536 of every weight.
func (t *track) decay(factor uint64) {
	if t.latency.total == 0 {
		return
	}
	t.latency.decay(factor)
	t.rate.decay(factor)
	t.tokens, t.micros = scale(t.tokens, factor), scale(t.micros, factor)
	if t.latency.total == 0 {
		*t = track{}
	}
}

// read writes the speed when the weights have shrunk by factor; none if no sample is left.
func (t *track) read(s *Speed, factor uint64) {
	n := thousandths(scale(t.latency.total, factor))
	if n == 0 {
		*s = Speed{}
		return
	}
	*s = t.speed
	s.Samples = n
}

// thousandths is a weight in thousandths of a sample.
func thousandths(weight uint64) int64 { return int64(weight * 1000 / unit) }

// mulDiv is a·b/c rounded down, or the largest number if that does not fit.
func mulDiv(a, b, c uint64) uint64 {
	const most = 1<<63 - 1
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return most
	}
	q, _ := bits.Div64(hi, lo, c)
	return min(q, most)
}
