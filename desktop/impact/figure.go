package impact

import "math"

// Figure is a sum over decisions of which both sides are known.
//
// Low and High say how far After may be off by chance: the decisions are taken for a sample, and
// the differences of each added up, with 1.96 standard errors of their sum to either side, so that
// 95 of 100 samples of as many such requests have their sum between them. Where nothing differs
// there is nothing to be off. They do not cover what was assumed of each decision.
type Figure struct {
	Before int64 `json:"before"`
	After  int64 `json:"after"`
	Low    int64 `json:"low"`
	High   int64 `json:"high"`
	// Requests is how many were added up, Unknown how many were served of which one side is not
	// known: no price, or never measured.
	Requests int64 `json:"requests"`
	Unknown  int64 `json:"unknown"`
}

// sum adds up a figure.
type sum struct {
	before, after, n, unknown int64
	mean, squares             float64 // of the differences (Welford)
}

func (s *sum) add(before, after amount) {
	if !before.known || !after.known {
		s.unknown++
		return
	}
	s.n++
	s.before, s.after = s.before+before.n, s.after+after.n
	x := float64(after.n - before.n)
	off := x - s.mean
	s.mean += off / float64(s.n)
	s.squares += off * (x - s.mean)
}

func (s *sum) figure() Figure {
	f := Figure{Before: s.before, After: s.after, Low: s.after, High: s.after, Requests: s.n, Unknown: s.unknown}
	if s.n > 1 {
		// n times the standard error of the mean, √(squares/(n-1)/n).
		n := float64(s.n)
		off := int64(math.Ceil(1.96 * math.Sqrt(s.squares/(n-1)*n)))
		f.Low, f.High = max(s.after-off, 0), s.after+off
	}
	return f
}
